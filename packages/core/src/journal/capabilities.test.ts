import { expect, test } from 'vitest'
import { fileJournal } from '../file-journal/file-journal.ts'
import { capabilitiesOf } from './capabilities.ts'
import { memoryJournal } from './memory-journal.ts'

test('a journal in files has every capability', () => {
  const journal = fileJournal()
  expect(capabilitiesOf(journal)).toEqual({ sealable: journal, synchronous: journal, forgettable: journal })
})

test('a journal has no capability that it lacks a part of', () => {
  const none = { sealable: undefined, synchronous: undefined, forgettable: undefined }
  const journal = memoryJournal()
  expect(capabilitiesOf(journal)).toEqual(none)
  expect(capabilitiesOf(Object.assign(memoryJournal(), { seal: async () => undefined }))).toEqual(none)
  const forgettable = Object.assign(memoryJournal(), { forget: async () => true })
  expect(capabilitiesOf(forgettable)).toEqual({ ...none, forgettable })
})
