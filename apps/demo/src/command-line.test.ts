import { expect, test } from 'vitest'
import { parseCommandLine } from './command-line.ts'

test.each([
  [[], { help: false, once: false, port: 4400, format: 'native' }],
  [['--once'], { help: false, once: true, port: 0, format: 'native' }],
  [['--once', '--port', '80', '--format=flipt'], { help: false, once: true, port: 80, format: 'flipt' }],
  [['--file', 'a.log'], { help: false, once: false, port: 4400, format: 'native', file: 'a.log' }],
  [['--once', '--config', 'webhook'], { help: false, once: true, port: 0, format: 'native', config: 'webhook' }],
  [['-h'], { help: true, once: false, port: 4400, format: 'native' }],
])('%j', (args, expected) => {
  expect(parseCommandLine(args)).toEqual(expected)
})

test.each([
  [['--onec'], /--onec: there is no such option. Did you mean --once\?/],
  [['--prot=1'], /Did you mean --port\?/],
  [['--qqqqqqq'], /there is no such option. --help lists them/],
  [['--port', 'http'], /--port http: give a number from 0 to 65535/],
  [['--port', '70000'], /give a number/],
  [['--port'], /--port/],
  [['--once=yes'], /--once/],
  [['--format', 'xml'], /give native or flipt/],
  [['--file', ''], /give a path/],
  [['--config', ''], /give a path/],
  [['--config', 'both', '--file', 'a.log'], /leave --file and --format out/],
  [['serve'], /serve/],
])('%j', (args, message) => {
  expect(() => parseCommandLine(args)).toThrow(message)
})
