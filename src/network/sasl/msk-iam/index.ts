export { AwsKeySource } from './aws-keys.ts'
export { signedLogin } from './signature.ts'
