import { expect, vi } from 'vitest'
import {
  type AclOperation,
  type AclResourceType,
  OperationNumber,
  PatternNumber,
  PermissionNumber,
  ResourceNumber,
} from '../../../src/protocol/acl.ts'
import { CreateAcls, CreatePartitions, DescribeAcls } from '../../../src/protocol/apis/index.ts'
import { Errors } from '../../../src/protocol/errors.ts'
import type { RequestInput } from '../../../src/protocol/schema/index.ts'
import type { Plain, Twin } from '../../support/twin.ts'

export type Creation = RequestInput<typeof CreateAcls>['creations'][number]

interface Options {
  readonly pattern?: 'LITERAL' | 'PREFIXED'
  readonly permission?: 'ALLOW' | 'DENY'
  readonly host?: string
}

/** An entry about what a user, or `*`, may do. */
export const acl = (
  user: string,
  operation: AclOperation,
  type: AclResourceType,
  resourceName: string,
  { pattern = 'LITERAL', permission = 'ALLOW', host = '*' }: Options = {},
): Creation => ({
  resourceType: ResourceNumber[type],
  resourceName,
  resourcePatternType: PatternNumber[pattern],
  principal: `User:${user}`,
  host,
  operation: OperationNumber[operation],
  permissionType: PermissionNumber[permission],
})

/** Who tries out whether rights have come; it is a user that a twin has to know. */
export const PROBE = 'probe'

const PATIENCE = { timeout: 20_000, interval: 20 }

/** Gives rights at both brokers; one for each twin. */
export class Rights {
  private given = 0

  constructor(private readonly twin: Twin) {}

  /**
   * Waits until they are in force. Brokers and controllers hear of entries one after the other, and after the answer: a denial that is made
   * last tells when the controller has them.
   */
  async give(...creations: readonly Creation[]): Promise<void> {
    if (this.given === 0) await this.make([acl(PROBE, 'ALTER', 'TOPIC', 'probe-', { pattern: 'PREFIXED' })])
    const name = `probe-${this.given++}`
    await this.until(name, Errors.UNKNOWN_TOPIC_OR_PARTITION)
    await this.make([...creations, acl(PROBE, 'ALTER', 'TOPIC', name, { permission: 'DENY' })])
    await this.until(name, Errors.TOPIC_AUTHORIZATION_FAILED)
    const filter = { resourceTypeFilter: ResourceNumber.TOPIC, resourceNameFilter: name, principalFilter: null }
    const request = {
      ...filter,
      hostFilter: null,
      operation: OperationNumber.ANY,
      permissionType: PermissionNumber.ANY,
    }
    const heard = async () => {
      const { ours, theirs } = await this.twin.ask('admin', DescribeAcls, 3, request)
      return [ours, theirs].map(({ resources }: Plain) => resources.length)
    }
    await vi.waitFor(async () => expect(await heard()).toEqual([1, 1]), PATIENCE)
  }

  private async make(creations: readonly Creation[]): Promise<void> {
    const { ours, theirs } = await this.twin.ask('admin', CreateAcls, 3, { creations })
    for (const { results } of [ours, theirs])
      for (const result of results)
        expect(result).toEqual({ errorCode: Errors.NONE, errorMessage: result.errorMessage })
  }

  private async until(name: string, errorCode: number): Promise<void> {
    const request = { topics: [{ name, count: 2, assignments: null }], timeoutMs: 10_000, validateOnly: true }
    const codes = async () => {
      const { ours, theirs } = await this.twin.ask(PROBE, CreatePartitions, 3, request)
      return [ours, theirs].map(({ results }: Plain) => results[0].errorCode)
    }
    await vi.waitFor(async () => expect(await codes()).toEqual([errorCode, errorCode]), PATIENCE)
  }
}
