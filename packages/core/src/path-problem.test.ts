import { expect, test } from 'vitest'
import { pathProblem } from './path-problem.ts'

test.each([
  ['"/var/audit"', 'the path is in quotes; remove them'],
  ["'/var/audit'", 'the path is in quotes; remove them'],
  ['`/var/audit`', 'the path is in quotes; remove them'],
  ['"/var/audit"\n', 'the path is in quotes; remove them'],
  ['""', 'the path is in quotes; remove them'],
  ['/var/audit\n', 'there is a line break in the path; remove it'],
  ['/var/audit\r\n', 'there is a line break in the path; remove it'],
  ['/var/au\ndit', 'there is a line break in the path; remove it'],
  ['/var/audit ', 'the path begins or ends with a space; remove it'],
  ['\t/var/audit', 'the path begins or ends with a space; remove it'],
  ['/var/\0audit', 'there is a NUL character in the path; remove it'],
])('case 17: %j is a mistake', (path, problem) => {
  expect(pathProblem(path)).toBe(problem)
})

test.each(['/var/audit', 'logs/my audit.log', "/home/o'neill/audit", 'C:\\audit', './"a"/b', '日志/审计.log'])(
  '%j may be a path',
  (path) => {
    expect(pathProblem(path)).toBeUndefined()
  },
)
