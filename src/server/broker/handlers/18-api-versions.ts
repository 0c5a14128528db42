import { ApiVersions } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { supportedFeatures } from '../../controller/brokers.ts'
import { KRAFT_VERSION } from '../../controller/features.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** `served` is asked late: the router's list is complete only when all handlers are in it. */
export function apiVersions(
  broker: Pick<BrokerServices, 'image' | 'metadataLog'>,
  served: () => readonly { apiKey: number; minVersion: number; maxVersion: number }[],
): Handler {
  return handler(ApiVersions, (request, { version }) => {
    const { clientSoftwareName, clientSoftwareVersion } = request
    if (version >= 3 && !(isSoftwareText(clientSoftwareName) && isSoftwareText(clientSoftwareVersion)))
      return { errorCode: Errors.INVALID_REQUEST, apiKeys: [] }
    const { image, metadataLog } = broker
    const { offset } = image
    const quorum: [string, number][] = metadataLog.isDynamic ? [[KRAFT_VERSION, metadataLog.quorumLevel]] : []
    const features = [...image.features, ...quorum]
    return {
      errorCode: Errors.NONE,
      apiKeys: served(),
      // Clients before KIP-584's fix (ApiVersions 4) cannot read a lowest version of 0.
      supportedFeatures: supportedFeatures
        .filter(({ min }) => version >= 4 || min > 0)
        .map(({ name, min, max }) => ({ name, minVersion: min, maxVersion: max })),
      finalizedFeaturesEpoch: Math.max(0, offset - 1),
      finalizedFeatures: features.map(([name, level]) => ({
        name,
        minVersionLevel: level,
        maxVersionLevel: level,
      })),
    }
  })
}

/** Letters and digits, with dots and dashes between them (KIP-511); looked at character by character, so that no text is slow. */
function isSoftwareText(text: string): boolean {
  return /^[a-zA-Z0-9.-]+$/.test(text) && /^[a-zA-Z0-9]/.test(text) && /[a-zA-Z0-9]$/.test(text)
}
