import { expect, test } from 'vitest'
import { publicUrlProblem } from './public-url.ts'

const problemOf = (url: string) => publicUrlProblem(new URL(url))

test.each([
  'https://hooks.example.com',
  'https://hooks.example.com/services/T0/B0/x?y=z#a',
  'https://hooks.example.com:443/',
  'https://hooks.example.com:8443/',
  'HTTPS://HOOKS.EXAMPLE.COM',
  'https://xn--bcher-kva.example.com',
  'https://bücher.example.com',
  'https://under_score.example.com',
  'https://8.8.8.8/',
  'https://[2606:4700:4700::1111]:8443/',
  'https://localhost.example.com',
  'https://internal.example.com',
  'https://notlocal.com',
  'https://127.0.0.1.example.com',
])('%s may be public', (url) => expect(problemOf(url)).toBeUndefined())

test.each([
  ['http://hooks.example.com', 'only https: is allowed to a public receiver'],
  ['ftp://hooks.example.com', 'only https: is allowed to a public receiver'],
  ['file:///etc/passwd', 'only https: is allowed to a public receiver'],
  ['javascript:alert(1)', 'only https: is allowed to a public receiver'],
  ['unix:/run/docker.sock', 'only https: is allowed to a public receiver'],
  ['https://name:secret@hooks.example.com', 'there are credentials in it'],
  ['https://name@hooks.example.com', 'there are credentials in it'],
  ['https://:secret@hooks.example.com', 'there are credentials in it'],
  ['https://hooks.example.com:444', 'only the ports 443 and 8443 are allowed to a public receiver'],
  ['https://hooks.example.com:22', 'only the ports 443 and 8443 are allowed to a public receiver'],
  ['https://hooks.example.com:80', 'only the ports 443 and 8443 are allowed to a public receiver'],
  ['https://0x7f.1/', '127.0.0.1 is not a public address'],
  ['https://[::ffff:8.8.8.8]/', '[::ffff:808:808] is not a public address'],
  ['https://[fd00:ec2::254]/', '[fd00:ec2::254] is not a public address'],
  ['https://hooks.example.com./', 'its host has an empty label, or ends with a dot'],
  ['https://hooks..example.com/', 'its host has an empty label, or ends with a dot'],
  ['https://.example.com/', 'its host has an empty label, or ends with a dot'],
  ['https://localhost/', 'localhost is not a public name'],
  ['https://LOCALHOST/', 'localhost is not a public name'],
  ['https://a.b.localhost/', 'a.b.localhost is not a public name'],
  ['https://localhost.localdomain/', 'localhost.localdomain is not a public name'],
  ['https://printer.local/', 'printer.local is not a public name'],
  ['https://metadata.google.internal/', 'metadata.google.internal is not a public name'],
  ['https://router.home.arpa/', 'router.home.arpa is not a public name'],
  ['https://intranet/', 'intranet is not a public name'],
])('%s is refused: %s', (url, problem) => expect(problemOf(url)).toBe(problem))

test('a problem never shows secret parts of the URL', () => {
  for (const url of [
    'http://n:secret@h.example/secret?secret',
    'https://n:secret@127.0.0.1/secret',
    'https://127.0.0.1/secret?secret#secret',
  ]) {
    expect(problemOf(url)).not.toContain('secret')
  }
})

test('a URL cannot contain a zone id', () => {
  expect(URL.canParse('https://[fe80::1%25eth0]/')).toBe(false)
  expect(URL.canParse('https://[::1%lo]/')).toBe(false)
})
