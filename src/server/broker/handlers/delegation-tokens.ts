import {
  CreateDelegationToken,
  DescribeDelegationToken,
  ExpireDelegationToken,
  RenewDelegationToken,
} from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'

/** Tokens belong to authenticated users (KIP-48), and on a plaintext channel there are none: Kafka refuses all four calls there. */
const refused = { throttleTimeMs: 0, errorCode: Errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED as number }

export const delegationTokens = (): Handler[] => [
  handler(CreateDelegationToken, () => ({
    ...refused,
    principalType: 'User',
    principalName: 'ANONYMOUS',
    issueTimestampMs: -1,
    expiryTimestampMs: -1,
    maxTimestampMs: -1,
    tokenId: '',
    hmac: Buffer.alloc(0),
  })),
  handler(RenewDelegationToken, () => ({ ...refused, expiryTimestampMs: -1 })),
  handler(ExpireDelegationToken, () => ({ ...refused, expiryTimestampMs: -1 })),
  handler(DescribeDelegationToken, () => ({ ...refused, tokens: [] })),
]
