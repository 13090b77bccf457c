import fc from 'fast-check'

// The gate must be the same for everybody, so properties start from one seed; `FC_SEED=random` (or a number) searches elsewhere.
const given = process.env['FC_SEED'] ?? '20261122'
fc.configureGlobal({ seed: given === 'random' ? Date.now() % 2 ** 31 : Number(given) })
