import {
  CreateDelegationToken,
  DescribeDelegationToken,
  ExpireDelegationToken,
  RenewDelegationToken,
  SaslAuthenticate,
  SaslHandshake,
} from '../../src/protocol/apis/index.ts'
import type { Api, RequestInput } from '../../src/protocol/schema/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { ALICE, password } from './login-talks.ts'
import { RawClient } from './raw-client.ts'

const carol = { principalType: 'User', principalName: 'carol' }
const noOwner = { ownerPrincipalType: '', ownerPrincipalName: '' }
const owned = { ownerPrincipalType: null, ownerPrincipalName: null, renewers: [], maxLifetimeMs: -1 }

/** What one asks about tokens, and what comes of it: times as minutes from now, and other things that are made up by their length. */
export async function tokenTalk(port: number, logsIn: boolean): Promise<unknown[]> {
  const client = await RawClient.connect(port)
  if (logsIn) {
    await client.call(SaslHandshake, 1, { mechanism: 'PLAIN' })
    await client.call(SaslAuthenticate, 2, password(ALICE))
  }
  const heard: unknown[] = []
  const ask = async <A extends Api>(api: A, version: number, request: RequestInput<A>) => {
    const answer = await client.call(api, version, request)
    heard.push(JSON.parse(JSON.stringify({ api: api.name, answer }, blurred)))
    return answer as unknown as { hmac: Buffer; tokens: { hmac: Buffer }[] }
  }
  const { hmac } = await ask(CreateDelegationToken, 3, { ...owned, renewers: [{ ...carol, principalName: 'bob' }] })
  await ask(CreateDelegationToken, 3, { ...owned, maxLifetimeMs: 3_600_000 })
  await ask(CreateDelegationToken, 2, { renewers: [], maxLifetimeMs: 9_000_000_000, ...noOwner })
  await ask(CreateDelegationToken, 3, { ...owned, renewers: [{ principalType: 'Group', principalName: 'g' }] })
  const other = await ask(CreateDelegationToken, 3, {
    ...owned,
    ownerPrincipalType: 'User',
    ownerPrincipalName: 'carol',
  })
  // The broker learns of a token a moment after its controller has made it.
  for (let tries = 0; logsIn && tries < 200; tries++) {
    const { tokens } = (await client.call(DescribeDelegationToken, 3, { owners: [carol] })) as never as typeof other
    if (tokens.length > 0) break
    await nodeRuntime.clock.sleep(25)
  }
  await ask(DescribeDelegationToken, 3, { owners: [{ ...carol, principalName: 'alice' }] })
  await ask(DescribeDelegationToken, 2, { owners: [carol] })
  await ask(DescribeDelegationToken, 3, { owners: [] })
  await ask(DescribeDelegationToken, 3, { owners: null })
  await ask(RenewDelegationToken, 2, { hmac, renewPeriodMs: -1 })
  await ask(RenewDelegationToken, 2, { hmac, renewPeriodMs: 1_800_000 })
  await ask(RenewDelegationToken, 2, { hmac: other.hmac, renewPeriodMs: 1_800_000 })
  await ask(RenewDelegationToken, 1, { hmac: Buffer.from('nothing'), renewPeriodMs: 1 })
  await ask(ExpireDelegationToken, 2, { hmac: other.hmac, expiryTimePeriodMs: -1 })
  await ask(ExpireDelegationToken, 2, { hmac, expiryTimePeriodMs: 600_000 })
  await ask(ExpireDelegationToken, 1, { hmac: Buffer.from('nothing'), expiryTimePeriodMs: 1 })
  await ask(ExpireDelegationToken, 2, { hmac, expiryTimePeriodMs: -1 })
  client.destroy()
  return heard
}

function blurred(key: string, value: unknown): unknown {
  if (/timestamp/i.test(key) && (value as number) > 0)
    return `in ${Math.round(((value as number) - Date.now()) / 60_000)} minutes`
  if (key === 'hmac') return `${(value as { data: number[] }).data.length} bytes`
  if (key === 'tokenId') return `${(value as string).length} letters`
  if (key === 'tokens') return (value as unknown[]).map((one) => JSON.stringify(one, blurred)).sort()
  return value
}
