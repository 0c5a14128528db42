import { KafkaError } from '../../../protocol/errors.ts'
import { configsOf, ResourceType } from '../../metadata/image.ts'
import type { BrokerServices } from '../services.ts'

interface Altered {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

/** What keeps a broker's listeners from taking over what a request says of their certificates: the files are looked at before anything is decided. */
export async function certificateRefusals<R extends Altered>(
  { certificates, image, config }: Pick<BrokerServices, 'certificates' | 'image' | 'config'>,
  resources: readonly R[],
): Promise<ReadonlyMap<R, KafkaError>> {
  const found = new Map<R, KafkaError>()
  for (const resource of resources) {
    const { resourceType, resourceName, configs } = resource
    if (resourceType !== ResourceType.broker || resourceName !== String(config.nodeId)) continue
    const values = new Map(configsOf(image, resourceType, resourceName))
    for (const { name, value } of configs)
      if (value === null) values.delete(name)
      else values.set(name, value)
    try {
      await certificates.check(values)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      found.set(resource, error)
    }
  }
  return found
}
