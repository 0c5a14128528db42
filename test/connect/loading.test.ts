import { describe, expect, it } from 'vitest'
import { staticallyReached } from '../support/static-imports.ts'

describe('what is loaded', () => {
  it('is neither the server nor REST before they are asked for', async () => {
    const tool = await staticallyReached('src/cli/classic/connect-standalone.ts')
    expect(tool.filter((file) => /src\/(server|connect)\/|node_modules\/hono/.test(file))).toEqual([])
    const worker = await staticallyReached('src/cli/serve-connect.ts')
    expect(worker.filter((file) => file.startsWith('src/server/'))).toEqual([])
    const library = await staticallyReached('src/index.ts')
    expect(library.filter((file) => file.includes('hono'))).toEqual([])
  })
})
