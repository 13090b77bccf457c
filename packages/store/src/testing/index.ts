export { storeConformance } from './store-conformance.ts'
export type { StoreSetup } from './store-conformance.ts'
export { compareWithModel } from './store-model.ts'
export type { StoreModelOptions, StoreModelReport } from './store-model.ts'
