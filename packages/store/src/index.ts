export type {
  Facet,
  FollowedEvent,
  FollowOptions,
  FoundEvent,
  Page,
  PageOptions,
  Store,
  StoreReader,
  Summary,
  SummaryBar,
  SummaryOptions,
} from './store.ts'
export type { Scope } from './scope.ts'
export type { StoredEvent } from './stored-event.ts'
export type { StoreFilter } from './store-filter.ts'
export type { PayloadFilter } from './payload-filter.ts'
export { memoryStore } from './memory-store.ts'
export type { MemoryStoreOptions } from './memory-store.ts'
export { exportEvents } from './export-events.ts'
export type { EventExport, ExportManifest, ExportOptions } from './export-events.ts'
export { csvColumns } from './csv.ts'
export type { CsvColumn } from './csv.ts'
