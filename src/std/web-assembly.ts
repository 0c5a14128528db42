/** What TypeScript's libraries for Node lack of the engine's own types. */
export interface WebAssemblyEngine {
  Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> }
}

/** Undefined on an engine that has none, as with --jitless. */
export const webAssembly = (): WebAssemblyEngine | undefined =>
  (globalThis as { WebAssembly?: WebAssemblyEngine }).WebAssembly
