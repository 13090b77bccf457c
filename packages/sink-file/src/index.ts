export { fileSink } from './file-sink.ts'
export type { FileSink } from './file-sink.ts'
export type { FileSinkOptions, RotateOptions } from './file-sink-options.ts'
