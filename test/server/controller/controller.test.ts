import { describe, expect, it } from 'vitest'
import type { BrokerConfig } from '../../../src/config/broker.ts'
import { Controller } from '../../../src/server/controller/controller.ts'
import { MetadataLoader } from '../../../src/server/metadata/loader.ts'
import { metadataRecord } from '../../../src/server/metadata/records.ts'
import { RaftNode } from '../../../src/server/raft/raft-node.ts'
import { ZERO_UUID } from '../../../src/std/uuid.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { metadataSettings } from '../../support/metadata-settings.ts'

/** The active controller of three; the others have what `follow` says. */
async function active() {
  const runtime = memoryRuntime()
  const loader = new MetadataLoader()
  const raft = new RaftNode({
    ...{ runtime, dir: '/logs/__cluster_metadata-0', nodeId: 1, ...metadataSettings, voters: [1, 2, 3] },
    onSnapshot: ({ values, offset, epoch }) => loader.replace(values, offset, epoch),
    onCommit: ({ values, offset, epoch }) => loader.load(values, offset, epoch),
    onFailure: (error) => {
      throw error
    },
  })
  raft.stand()
  raft.voted(2, 0, true, true)
  raft.voted(2, 1, true, false)
  const follow = async () => {
    await runtime.clock.settle()
    raft.followed(2, ZERO_UUID, raft.logEndOffset)
  }
  await follow()
  const controller = new Controller(raft, () => loader.image, {} as BrokerConfig, runtime.random)
  return { raft, controller, follow, settle: () => runtime.clock.settle() }
}

const topic = metadataRecord('TopicRecord', 0, { name: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAEA' })

describe('the active controller', () => {
  it('answers nothing that was found in records which are not committed', async () => {
    const { raft, controller, follow, settle } = await active()
    const made = controller.submit(() => ({ records: [topic], reply: undefined }))
    let told: boolean | undefined
    const seen = controller.submit(({ image }) => ({ records: [], reply: image.topics.has('t') }))
    void seen.then((found) => (told = found))
    await settle()
    expect(told).toBeUndefined()
    await follow()
    await made
    expect(await seen).toBe(true)
    await raft.close()
  })

  it('sends whoever asked to the next one when they never are', async () => {
    const { raft, controller } = await active()
    const made = controller.submit(() => ({ records: [topic], reply: undefined }))
    const seen = controller.submit(({ image }) => ({ records: [], reply: image.topics.has('t') }))
    const both = Promise.allSettled([made, seen])
    raft.learn({ leaderId: 2, epoch: 2 })
    const refused = { status: 'rejected', reason: { error: 'NOT_CONTROLLER' } }
    expect(await both).toMatchObject([refused, refused])
    await raft.close()
  })
})
