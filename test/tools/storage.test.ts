import { describe, expect, it } from 'vitest'
import { nodeRandom } from '../../src/runtime/node/random.ts'
import type { FieldsOf } from '../../src/server/metadata/records.ts'
import { scramRecord } from '../../src/tools/storage/scram.ts'
import { parseVoters } from '../../src/tools/storage/voters.ts'

describe('what a cluster is formatted with', () => {
  it("has the keys that Apache's tool makes of the same password and salt", async () => {
    const record = await scramRecord('SCRAM-SHA-256=[name=alice,password=alice-secret,salt="N3E="]', nodeRandom)
    const fields = record.fields as FieldsOf<'UserScramCredentialRecord'>
    expect(fields).toMatchObject({ name: 'alice', mechanism: 1, iterations: 4096 })
    expect(fields.storedKey.toString('base64')).toBe('/SiYuuBKZ2xQYBVGTen6jSfvhEZCfw2t/HsiWRVtlTY=')
    expect(fields.serverKey.toString('base64')).toBe('SkjIAcDevnSCWoKyt0o2EBcoZISnxSWq81cLLD0Q050=')
  })

  it.each([
    ['nope', "Failed to find equals sign in SCRAM argument 'nope'"],
    ['SCRAM-SHA-1=[name=a,password=x]', 'The add-scram mechanism SCRAM-SHA-1 is not supported.'],
    ['SCRAM-SHA-256=[name=a,password=x', 'Expected configuration string to end with ]'],
    ['SCRAM-SHA-256=[password=x]', "You must supply 'name' to add-scram"],
    ['SCRAM-SHA-256=[name=a]', "You must supply one of 'password' or 'saltedpassword' to add-scram"],
    ['SCRAM-SHA-256=[name=a,saltedpassword=YCE=]', "You must supply 'salt' with 'saltedpassword' to add-scram"],
    [
      'SCRAM-SHA-512=[name=a,password=x,iterations=100]',
      "The 'iterations' value must be >= 4096 for add-scram using SCRAM_SHA_512",
    ],
    ['SCRAM-SHA-256=[name=a,password=x,b=1,a=2]', 'Unknown SCRAM configurations: a, b'],
  ])('%s: %s', async (text, sentence) => {
    await expect(scramRecord(text, nodeRandom)).rejects.toThrow(sentence)
  })

  it('reads voters', () => {
    expect(parseVoters('1@[::1]:9093:MvDxzVmcRsaTz33bUuRU6A', 'CONTROLLER')).toEqual([
      { id: 1, directoryId: 'MvDxzVmcRsaTz33bUuRU6A', endpoint: { name: 'CONTROLLER', host: '::1', port: 9093 } },
    ])
    expect(() => parseVoters('1@a:1', 'C')).toThrow('No colon following port could be found.')
  })
})
