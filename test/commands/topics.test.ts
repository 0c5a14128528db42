import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const built = isBuilt()

let server: TestServer
const kafka = (args: string, input = '') => runBuilt(server.bootstrap, args, input)
const topics = async () => (await kafka('topics list')).out.split('\n')

beforeAll(async () => {
  server = await startTestServer()
  for (const name of ['a.b', 'aXb', 'ab']) await kafka(`topics create ${name} --partitions 1`)
})
afterAll(() => server.close())

describe.skipIf(!built)('the names of topics', () => {
  it('are regular expressions only when that is said, and then --yes is needed in a pipe', async () => {
    expect((await kafka('topics describe a.b -o csv --no-headers')).out).toBe('a.b,0,1,1,1,""')
    expect((await kafka('topics describe a.b --regex -o csv --no-headers')).out.split('\n')).toHaveLength(2)
    const refused = await kafka('topics delete a.b --regex')
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(refused.err).toMatch(/^ {2}a\.b\n {2}aXb\nThese topics match\./)
    expect((await kafka('topics alter a.b --regex --partitions 2 --yes')).out.split('\n')).toHaveLength(2)
    expect((await kafka('topics delete a.b')).out).toBe('Deleted topic a.b.')
    expect(await topics()).toEqual(['aXb', 'ab'])
    expect((await kafka('topics delete z.* --regex --yes')).err).toBe('No topic matches.')
    expect((await kafka('topics delete a.* --regex --yes')).code).toBe(0)
    expect(await topics()).toEqual([''])
  })
})

describe.skipIf(!built)('topics apply', () => {
  const file = 'topics: [{ name: orders, partitions: 2 }]'

  it('shows what it is going to do, does it, and finds nothing more to do', async () => {
    expect((await kafka('topics apply -f - --dry-run', file)).out).toBe('+ orders  partitions 2\nNothing was changed.')
    expect((await kafka('topics apply -f -', file)).out).toBe('+ orders  partitions 2\nApplied 1 change.')
    expect((await kafka('topics apply -f -', file)).out).toBe('All topics are as the file says.')
    expect(await kafka('topics apply -f -', 'topics: 1')).toMatchObject({
      code: 2,
      err: 'The file has no list `topics`.',
    })
  })
})
