import { describe, expect, it } from 'vitest'
import { crc32c, crc32cTables } from '../../src/std/crc32c.ts'
import { xxh3 } from '../../src/std/xxh3.ts'
import { xxhash32 } from '../../src/std/xxhash32.ts'

const ramp = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7) & 0xff))

describe('crc32c', () => {
  it('gives the check values of RFC 3720', () => {
    for (const crc of [crc32c, crc32cTables]) {
      expect(crc(Buffer.from('123456789'))).toBe(0xe3069283)
      expect(crc(Buffer.alloc(32))).toBe(0x8a9136aa)
      expect(crc(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
      expect(crc(Buffer.alloc(0))).toBe(0)
    }
  })

  it('is the same with and without the native module, at every length and alignment', () => {
    for (let from = 0; from < 9; from++)
      for (let to = from; to < 300; to++)
        expect(crc32cTables(ramp.subarray(from, to))).toBe(crc32c(ramp.subarray(from, to)))
  })
})

describe('xxhash32', () => {
  it('gives the known values', () => {
    expect(xxhash32(Buffer.alloc(0))).toBe(0x02cc5d05)
    expect(xxhash32(Buffer.from('a'))).toBe(0x550d7456)
    expect(xxhash32(Buffer.from('abc'))).toBe(0x32d153ff)
    expect(xxhash32(Buffer.from('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f)
  })
})

describe('xxh3', () => {
  // Of bytes 3, 10, 17 ... by hash4j, which Kafka uses; each length on both sides of where the way of hashing changes.
  const known: readonly (readonly [number, bigint])[] = [
    [0, 3_244_421_341_483_603_138n],
    [1, 1_433_843_135_270_481_901n],
    [2, 2_058_273_368_586_827_884n],
    [3, -6_266_602_912_829_716_452n],
    [4, 7_895_465_118_229_274_323n],
    [5, -7_384_178_388_048_917_705n],
    [8, 6_941_064_856_527_638_883n],
    [9, -72_226_354_546_400_344n],
    [15, -7_007_203_045_674_962_495n],
    [16, -5_131_753_158_909_839_995n],
    [17, 8_163_341_949_877_205_007n],
    [32, 1_873_302_701_886_544_469n],
    [33, 4_486_878_507_168_070_088n],
    [64, 2_917_965_298_538_373_825n],
    [65, -9_038_134_159_117_547_962n],
    [96, -1_115_511_928_276_236_477n],
    [97, 2_137_665_177_113_230_204n],
    [127, -7_381_504_916_640_527_093n],
    [128, 7_440_608_504_995_537_343n],
    [129, -4_150_982_730_466_284_604n],
    [144, 6_947_391_739_561_490_738n],
    [200, 8_389_308_914_288_017_243n],
    [239, 2_127_415_575_477_209_850n],
    [240, 7_229_805_477_010_515_663n],
    [241, -8_364_630_114_420_064_745n],
    [256, 4_339_360_625_268_998_362n],
    [512, -756_038_794_506_822_371n],
    [1_023, -3_284_946_428_344_021_948n],
    [1_024, -7_241_394_453_710_343_503n],
    [1_025, -9_192_937_061_388_044_938n],
    [1_088, 3_424_848_841_118_183_642n],
    [1_089, 3_067_025_562_774_136_808n],
    [2_048, -6_060_151_295_482_384_687n],
    [2_049, 6_174_105_427_284_153_526n],
    [5_000, 8_762_507_191_635_236_893n],
  ]
  it.each(known)('of %d bytes is what Java programs have', (length, hash) => {
    expect(xxh3(Buffer.from(Array.from({ length }, (_, i) => (i * 7 + 3) & 0xff)))).toBe(hash)
  })
})
