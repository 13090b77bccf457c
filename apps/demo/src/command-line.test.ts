import { expect, test } from 'vitest'
import { parseCommandLine } from './command-line.ts'

test.each([
  [[], { help: false, once: false, port: 4400, framework: 'koa', format: 'native' }],
  [['--once'], { help: false, once: true, port: 0, framework: 'koa', format: 'native' }],
  [['--once', '--port', '80', '--format=flipt'], { help: false, once: true, port: 80, framework: 'koa', format: 'flipt' }],
  [['--file', 'a.log'], { help: false, once: false, port: 4400, framework: 'koa', format: 'native', file: 'a.log' }],
  [
    ['--once', '--config', 'webhook'],
    { help: false, once: true, port: 0, framework: 'koa', format: 'native', config: 'webhook' },
  ],
  [['--framework', 'nest'], { help: false, once: false, port: 4400, framework: 'nest', format: 'native' }],
  [['-h'], { help: true, once: false, port: 4400, framework: 'koa', format: 'native' }],
])('the arguments %j are parsed', (args, expected) => {
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
  [['--framework', 'express'], /give koa or nest/],
  [['--format', 'xml'], /give native or flipt/],
  [['--file', ''], /give a path/],
  [['--config', ''], /give a path/],
  [['--config', 'both', '--file', 'a.log'], /leave --file and --format out/],
  [['serve'], /serve/],
])('the arguments %j are refused', (args, message) => {
  expect(() => parseCommandLine(args)).toThrow(message)
})
