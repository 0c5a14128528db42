import { describe, expect, it } from 'vitest'
import { alterClientQuotas, describeClientQuotas } from '../../../src/server/controller/quotas.ts'
import { alterScramCredentials, describeScramCredentials, keysOf } from '../../../src/server/controller/scram.ts'
import { MetadataDelta } from '../../../src/server/metadata/delta.ts'
import { emptyImage, type MetadataImage } from '../../../src/server/metadata/image.ts'
import type { MetadataRecord } from '../../../src/server/metadata/records.ts'

/** Quotas and credentials through their records; Apache's answers are held against ours in compat/administration.compat.test.ts. */
function following(image: MetadataImage, records: Iterable<MetadataRecord>): MetadataImage {
  const delta = new MetadataDelta(image)
  for (const record of records) delta.replay(record)
  return delta.apply(image.offset + 1, 0)
}

describe('quotas', () => {
  const entity = [{ entityType: 'user', entityName: 'alice' }]
  const alter = (image: MetadataImage, value: number, remove = false) =>
    alterClientQuotas(image, {
      validateOnly: false,
      entries: [{ entity, ops: [{ key: 'producer_byte_rate', value, remove }] }],
    })
  const all = { components: [], strict: false }

  it('come back as they were set, and go', () => {
    const set = following(emptyImage, alter(emptyImage, 1024).records)
    expect(describeClientQuotas(set, all).entries).toEqual([
      { entity, values: [{ key: 'producer_byte_rate', value: 1024 }] },
    ])
    expect([...alter(set, 1024).records]).toEqual([])
    expect(describeClientQuotas(following(set, alter(set, 0, true).records), all).entries).toEqual([])
  })

  it('leave nothing behind when they are refused', () => {
    const { records, reply } = alter(emptyImage, 1.5)
    expect([...records]).toEqual([])
    expect(reply.entries[0]).toMatchObject({
      errorCode: 42,
      errorMessage: 'producer_byte_rate cannot be a fractional value.',
    })
  })
})

describe('credentials', () => {
  // RFC 7677, section 3: user "user", password "pencil".
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
  const saltedPassword = Buffer.from('xKSVEDI6tPlSysH6mUQZOeeOp01r6B3fcJbodRPcYV0=', 'base64')
  const upsertion = { name: 'user', mechanism: 1, iterations: 4096, salt, saltedPassword }

  it('keep keys, not passwords', async () => {
    const keys = await keysOf(upsertion)
    const { records } = alterScramCredentials(emptyImage, { upsertions: [upsertion], deletions: [] }, [keys])
    const [record] = [...records]
    expect(record?.fields).toMatchObject({
      storedKey: Buffer.from('WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=', 'base64'),
      serverKey: Buffer.from('wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=', 'base64'),
    })
    expect(JSON.stringify(record)).not.toContain(saltedPassword.toString('base64'))
    const image = following(emptyImage, records)
    expect(describeScramCredentials(image, [])).toMatchObject([
      { user: 'user', credentialInfos: [{ mechanism: 1, iterations: 4096 }] },
    ])
  })
})
