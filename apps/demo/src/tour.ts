import type { Tourist } from './tourist.ts'

/** The body of the first request of the tour. */
export const fliptFlag = { description: 'flipt flag', enabled: true, key: 'flipt', name: 'flipt', namespace_key: 'default' }

/** Creates, updates and deletes a resource of each kind, and is refused in four ways. */
export async function tour(tourist: Tourist, adminToken: string): Promise<void> {
  const admin = tourist.as(adminToken)
  const anonymous = tourist.as()
  const flags = '/namespaces/default/flags'
  const flag = `${flags}/flipt` as const

  await admin(`POST ${flags}`, '201 flag:created success', fliptFlag)
  await admin(`PUT ${flag}`, '200 flag:updated success', { ...fliptFlag, enabled: false })
  await admin(`GET ${flag}`, '200')

  await admin('POST /namespaces', '201 namespace:created success', { key: 'shop', name: 'Shop' })
  await admin('PUT /namespaces/shop', '200 namespace:updated success', { name: 'Shop', description: 'All that is sold' })
  await admin('POST /namespaces/shop/flags', '201 flag:created success', { key: 'sale', name: 'Sale' })

  const segments = '/namespaces/default/segments'
  const constraints = `${segments}/europe/constraints` as const
  const country = { type: 'STRING_COMPARISON_TYPE', property: 'country', operator: 'eq', value: 'pt' }
  await admin(`POST ${segments}`, '201 segment:created success', { key: 'europe', name: 'Europe' })
  await admin(`PUT ${segments}/europe`, '200 segment:updated success', { name: 'Europe', match_type: 'ANY_MATCH_TYPE' })
  const constraint = await admin(`POST ${constraints}`, '201 constraint:created success', country)
  await admin(`PUT ${constraints}/${constraint.id}`, '200 constraint:updated success', { ...country, value: 'es' })

  const variant = await admin(`POST ${flag}/variants`, '201 variant:created success', { key: 'blue', name: 'Blue' })
  await admin(`PUT ${flag}/variants/${variant.id}`, '200 variant:updated success', { key: 'blue', name: 'Deep blue' })
  const rule = await admin(`POST ${flag}/rules`, '201 rule:created success', { segment_key: 'europe' })
  await admin(`PUT ${flag}/rules/${rule.id}`, '200 rule:updated success', { segment_key: 'europe', rank: 2 })
  const distributions = `${flag}/rules/${rule.id}/distributions` as const
  const blue = { variant_id: variant.id, rollout: 50 }
  const distribution = await admin(`POST ${distributions}`, '201 distribution:created success', blue)
  await admin(`PUT ${distributions}/${distribution.id}`, '200 distribution:updated success', { ...blue, rollout: 100 })
  const half = { description: 'Half of all', threshold: { percentage: 50, value: true } }
  const most = { description: 'Nearly all', threshold: { percentage: 90, value: true } }
  const rollout = await admin(`POST ${flag}/rollouts`, '201 rollout:created success', half)
  await admin(`PUT ${flag}/rollouts/${rollout.id}`, '200 rollout:updated success', most)

  const dashboard = { name: 'dashboard', description: 'Shows flags', role: 'viewer' }
  const token = await admin('POST /tokens', '201 token:created success', dashboard)
  await admin(`PUT /tokens/${token.id}`, '200 token:updated success', { ...dashboard, description: 'Shows all flags' })
  const viewer = tourist.as(token.secret)

  await viewer(`GET ${flag}`, '200')
  await viewer(`DELETE ${flag}`, '403 flag:deleted denied')
  await anonymous(`PUT ${flag}`, '401 flag:updated denied', fliptFlag)
  await tourist.as('stolen')('DELETE /namespaces/shop', '401 namespace:deleted denied')
  await admin(`DELETE ${flags}/nothing`, '404 flag:deleted failure')
  await admin(`POST ${flags}`, '409 flag:created failure', fliptFlag)
  await admin(`POST ${flags}`, '400 flag:created failure', { key: 'no name' })
  await admin(`DELETE ${segments}/europe`, '409 segment:deleted failure')
  await admin('DELETE /namespaces/shop', '409 namespace:deleted failure')

  await admin(`DELETE ${distributions}/${distribution.id}`, '204 distribution:deleted success')
  await admin(`DELETE ${flag}/rules/${rule.id}`, '204 rule:deleted success')
  await admin(`DELETE ${flag}/rollouts/${rollout.id}`, '204 rollout:deleted success')
  await admin(`DELETE ${flag}/variants/${variant.id}`, '204 variant:deleted success')
  await admin(`DELETE ${constraints}/${constraint.id}`, '204 constraint:deleted success')
  await admin(`DELETE ${segments}/europe`, '204 segment:deleted success')
  await admin(`DELETE ${flag}`, '204 flag:deleted success')
  await admin('DELETE /namespaces/shop?force=true', '204 namespace:deleted success')
  await admin(`DELETE /tokens/${token.id}`, '204 token:deleted success')
  await viewer(`GET ${flags}`, '401')
}
