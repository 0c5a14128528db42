import { afterAll, beforeAll, describe, it } from 'vitest'
import { type AclOperation, type AclResourceType, CLUSTER_NAME, operationsOf } from '../../src/protocol/acl.ts'
import { apacheMissing } from '../support/apache.ts'
import type { Twin } from '../support/twin.ts'
import { adminQuestions } from './authorizer/admin-questions.ts'
import { furnish, startAuthorized } from './authorizer/cluster.ts'
import { dataQuestions } from './authorizer/data-questions.ts'
import { groupQuestions } from './authorizer/group-questions.ts'
import { MINE } from './authorizer/requests.ts'
import { acl, Rights } from './authorizer/rights.ts'

/** Every request there is, by users with one right each, with none and with some, asked of Apache's broker and of ours: the answers must be the same. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of authorizers with Apache's broker is skipped: ${missing}`)

type Right = readonly [AclOperation, AclResourceType]

/** Users by what they may do: with the cluster, or with what has a name that begins with `mine`. */
const users: Record<string, readonly Right[]> = {
  nothing: [],
  ...Object.fromEntries(
    (['TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID'] as const).flatMap((type) =>
      (operationsOf[type] ?? []).map((operation) => [
        `${type}-${operation}`.toLowerCase(),
        [[operation, type] as Right],
      ]),
    ),
  ),
  consumer: [
    ['READ', 'TOPIC'],
    ['READ', 'GROUP'],
  ],
  observes: [
    ['DESCRIBE', 'TOPIC'],
    ['DESCRIBE', 'GROUP'],
  ],
  cleaner: [
    ['READ', 'TOPIC'],
    ['DELETE', 'GROUP'],
  ],
  producer: [
    ['WRITE', 'TOPIC'],
    ['WRITE', 'TRANSACTIONAL_ID'],
  ],
  processor: [
    ['READ', 'TOPIC'],
    ['WRITE', 'TOPIC'],
    ['READ', 'GROUP'],
    ['WRITE', 'TRANSACTIONAL_ID'],
  ],
  mixed: [
    ['CREATE', 'TOPIC'],
    ['DESCRIBE_CONFIGS', 'TOPIC'],
    ['DESCRIBE', 'TRANSACTIONAL_ID'],
    ['DESCRIBE', 'TOPIC'],
  ],
}

let twin: Twin
beforeAll(async () => {
  if (missing) return
  twin = await startAuthorized(27_400, Object.keys(users))
  await furnish(twin)
  const entries = Object.entries(users).flatMap(([user, rights]) =>
    rights.map(([operation, type]) =>
      type === 'CLUSTER'
        ? acl(user, operation, type, CLUSTER_NAME)
        : acl(user, operation, type, MINE, { pattern: 'PREFIXED' }),
    ),
  )
  await new Rights(twin).give(...entries)
}, 120_000)
afterAll(() => twin?.close())

describe.skipIf(missing)('what Apache lets users do', () => {
  describe.each(['admin', ...Object.keys(users)])('%s', (user) => {
    it('with records', async () => {
      for (const question of dataQuestions) await question.send(twin, user)
    }, 60_000)
    it('with groups', async () => {
      for (const question of groupQuestions) await question.send(twin, user)
    }, 60_000)
    it('as an administrator', async () => {
      for (const question of adminQuestions) await question.send(twin, user)
    }, 60_000)
  })
})
