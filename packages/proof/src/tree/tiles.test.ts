import { describe, expect, test } from 'vitest'
import { growTree } from '../../test/grown-tree.ts'
import { refusal } from '../../test/refusal.ts'
import { proveConsistency } from './consistency.ts'
import { leafHash } from './hash.ts'
import { rootAt, type HashReader } from './hash-reader.ts'
import { proveInclusion } from './inclusion.ts'
import { TILE_HEIGHT, parseTilePath, tilePath, tileReader, tilesOf } from './tiles.ts'

describe('paths', () => {
  const paths = [
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/000.p/1', { level: 0, index: 0, width: 1 }],
    ['tile/1/273.p/112', { level: 1, index: 273, width: 112 }],
    ['tile/0/999', { level: 0, index: 999, width: 256 }],
    ['tile/0/x001/000', { level: 0, index: 1000, width: 256 }],
    ['tile/63/x001/x234/067.p/255', { level: 63, index: 1_234_067, width: 255 }],
    ['tile/10/x009/x007/x199/x254/x740/991', { level: 10, index: Number.MAX_SAFE_INTEGER, width: 256 }],
  ] as const
  test.each(paths)('the path %s is formatted and parsed', (path, tile) => {
    expect([tilePath(tile), parseTilePath(path)]).toEqual([path, tile])
  })

  test.each([
    '',
    'tile/0/1',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/001/002',
    'tile/0/x001',
    'tile/00/001',
    'tile/64/001',
    'tile/-1/001',
    'tile/entries/001',
    'tile/0/001.p/0',
    'tile/0/001.p/01',
    'tile/0/001.p/256',
    'tile/0/001.p/999',
    'tile/0/001.p',
    'tile/0/001/',
    '/tile/0/001',
    'tile/0/001\n',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/../../etc/passwd',
  ])('%j is not a tile path', (path) => expect(parseTilePath(path)).toBeUndefined())

  test.each([
    { level: 64, index: 0, width: 1 },
    { level: -1, index: 0, width: 1 },
    { level: 0, index: 2 ** 53, width: 1 },
    { level: 0, index: 0, width: 0 },
    { level: 0, index: 0, width: 257 },
    { level: 0, index: 0, width: 1.5 },
  ])('tilePath refuses %j', (tile) => expect(refusal(() => tilePath(tile))).toBe('PROOF_OUT_OF_RANGE'))
})

describe('the tiles of a tree', () => {
  // The two sizes in the examples of C2SP.
  test('a tree of 256 leaves has these tiles', () => expect(tilesOf(256).map(tilePath)).toEqual(['tile/0/000', 'tile/1/000.p/1']))
  test('a tree of 70,000 leaves has these tiles', () => {
    const paths = tilesOf(70_000).map(tilePath)
    expect(paths.filter((path) => path.startsWith('tile/0/')).length).toBe(274)
    expect(paths.slice(272)).toEqual(['tile/0/272', 'tile/0/273.p/112', 'tile/1/000', 'tile/1/001.p/17', 'tile/2/000.p/1'])
  })
  test('an empty tree has no tiles', () => expect(tilesOf(0)).toEqual([]))
  test('tilesOf refuses a size that no tree has', () => expect(refusal(() => tilesOf(2 ** 53))).toBe('PROOF_OUT_OF_RANGE'))
})

describe('a reader of tiles', () => {
  const size = 66_000 // beyond 256 · 256, so that there are three levels of tiles
  const { read } = growTree(Array.from({ length: size }, (_, index) => leafHash(`entry ${index}`)))
  const files = new Map(tilesOf(size).map((tile) => [`${tile.level}/${tile.index}`, tileBytes(tile, read)]))
  const readTile = (level: number, index: number) => files.get(`${level}/${index}`)

  test('a tile reader has every hash of the tree', () => {
    const tiled = tileReader(readTile)
    expect(rootAt(size, tiled)).toEqual(rootAt(size, read))
    for (const index of [0, 255, 256, 65_535, 65_536, 65_999]) {
      expect(proveInclusion(index, size, tiled)).toEqual(proveInclusion(index, size, read))
      expect(proveConsistency(index + 1, size, tiled)).toEqual(proveConsistency(index + 1, size, read))
    }
  })

  test('a tile reader reads the same tile once in a row', () => {
    const asked: string[] = []
    const tiled = tileReader((level, index) => {
      asked.push(`${level}/${index}`)
      return readTile(level, index)
    })
    for (let index = 0; index < 256; index++) tiled({ level: 0, index })
    tiled({ level: 0, index: 256 })
    expect(asked).toEqual(['0/0', '0/1'])
  })

  test('a tile reader returns undefined beyond a partial tile and for a missing tile', () => {
    const tiled = tileReader((level, index) => (index === 0 ? undefined : readTile(level, index)))
    expect(tiled({ level: 0, index: size })).toBeUndefined()
    expect(tiled({ level: 4, index: Math.ceil(size / 16) })).toBeUndefined()
    expect(refusal(() => proveInclusion(0, size, tiled))).toBe('PROOF_MISSING_HASH')
  })

  test.each([0, 1, 31, 33, 257 * 32])('a tile reader refuses a tile of %i bytes', (length) => {
    expect(refusal(() => tileReader(() => Buffer.alloc(length))({ level: 0, index: 0 }))).toBe('PROOF_MALFORMED')
  })
})

function tileBytes({ level, index, width }: { level: number; index: number; width: number }, read: HashReader): Uint8Array {
  return Buffer.concat(Array.from({ length: width }, (_, at) => read({ level: level * TILE_HEIGHT, index: index * 256 + at })!))
}
