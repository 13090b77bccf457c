import { resolve } from 'node:path'
import { fileAnchor, type Anchor, type SealOptions } from '@audit/core'
import type { AnchorsConfig, SealConfig } from '../schema/seal-schema.ts'
import { defined } from './defined.ts'

export function buildSeal({ enabled, key, keyFile, every }: SealConfig, directory: string): SealOptions | 'unsigned' | false {
  if (enabled === false) return false
  if (key === undefined && keyFile === undefined) return 'unsigned'
  return defined({ key, keyFile: keyFile?.map((path) => resolve(directory, path)), everyMs: every })
}

export function buildAnchors({ file }: AnchorsConfig, directory: string): readonly Anchor[] {
  return file ? [fileAnchor({ path: resolve(directory, file.path), ...defined({ everyMs: file.every }) })] : []
}
