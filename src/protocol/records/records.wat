;; Writes and reads records of format 2 (KIP-98) byte by byte, which JavaScript is slow at. Nothing here looks at the bounds of buffers
;; where it says so: the callers in values.ts do. `npm run wasm` turns this file into records.wasm.ts.
(module
  (import "arena" "memory" (memory 1))

  ;; where `takeValues` has got to
  (global $source (export "source") (mut i32) (i32.const 0))
  (global $target (export "target") (mut i32) (i32.const 0))
  ;; the address after what `short` has read
  (global $next (mut i32) (i32.const 0))

  ;; zig-zag: small numbers of either sign become small ones without
  (func $zigzag (param $value i32) (result i32)
    (i32.xor
      (i32.shl (local.get $value) (i32.const 1))
      (i32.shr_s (local.get $value) (i32.const 31))))

  ;; bytes of a varint: seven bits each
  (func $size (param $value i32) (result i32)
    (i32.div_u
      (i32.sub (i32.const 38) (i32.clz (i32.or (call $zigzag (local.get $value)) (i32.const 1))))
      (i32.const 7)))

  ;; writes a varint and gives the address after it
  (func $varint (param $at i32) (param $value i32) (result i32)
    (local $rest i32)
    (local.set $rest (call $zigzag (local.get $value)))
    (block $done
      (loop $more
        (br_if $done (i32.le_u (local.get $rest) (i32.const 127)))
        (i32.store8 (local.get $at) (i32.or (local.get $rest) (i32.const 128)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $rest (i32.shr_u (local.get $rest) (i32.const 7)))
        (br $more)))
    (i32.store8 (local.get $at) (local.get $rest))
    (i32.add (local.get $at) (i32.const 1)))

  ;; reads a varint of one or two bytes, still zig-zagged; -1 for a longer one
  (func $short (param $at i32) (result i32)
    (local $low i32)
    (local $high i32)
    (local.set $low (i32.load8_u (local.get $at)))
    (if (i32.lt_u (local.get $low) (i32.const 128))
      (then
        (global.set $next (i32.add (local.get $at) (i32.const 1)))
        (return (local.get $low))))
    (local.set $high (i32.load8_u offset=1 (local.get $at)))
    (if (i32.ge_u (local.get $high) (i32.const 128)) (then (return (i32.const -1))))
    (global.set $next (i32.add (local.get $at) (i32.const 2)))
    (i32.or
      (i32.and (local.get $low) (i32.const 127))
      (i32.shl (local.get $high) (i32.const 7))))

  ;; copies in words of 16 bytes, so up to 15 bytes too many: what follows is written later, or is slack
  (func $copy (param $at i32) (param $source i32) (param $end i32)
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (v128.store (local.get $at) (v128.load (local.get $source)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $source (i32.add (local.get $source) (i32.const 16)))
        (br $more))))

  ;; Writes a record that is only a value, and gives the address after it. Looks at no bounds.
  (func (export "writeValue")
    (param $at i32) (param $source i32) (param $length i32) (param $offsetDelta i32) (param $timestampDelta i32)
    (result i32)
    (local $end i32)
    ;; attributes, the key that is null, and no headers: a byte each
    (local.set $at (call $varint (local.get $at)
      (i32.add
        (i32.add (i32.const 3) (call $size (local.get $timestampDelta)))
        (i32.add
          (call $size (local.get $offsetDelta))
          (i32.add (call $size (local.get $length)) (local.get $length))))))
    (i32.store8 (local.get $at) (i32.const 0))
    (local.set $at (call $varint (i32.add (local.get $at) (i32.const 1)) (local.get $timestampDelta)))
    (local.set $at (call $varint (local.get $at) (local.get $offsetDelta)))
    (i32.store8 (local.get $at) (i32.const 1))
    (local.set $at (call $varint (i32.add (local.get $at) (i32.const 1)) (local.get $length)))
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (call $copy (local.get $at) (local.get $source) (local.get $end))
    (i32.store8 (local.get $end) (i32.const 0))
    (i32.add (local.get $end) (i32.const 1)))

  ;; Copies the values of records between `from` and `end` to `target`, a separator after each, and gives how many. It stops before a record
  ;; without a value, with a number of more than two bytes, or that breaks the format, and where there is no more room.
  (func (export "takeValues")
    (param $from i32) (param $end i32) (param $to i32) (param $limit i32) (param $most i32) (param $separator i32)
    (result i32)
    (local $count i32)
    (local $value i32)
    (local $recordEnd i32)
    (local $at i32)
    (block $done
      (loop $record
        (br_if $done (i32.ge_u (local.get $count) (local.get $most)))
        ;; the longest head that is read below
        (br_if $done (i32.gt_u (i32.add (local.get $from) (i32.const 11)) (local.get $end)))
        ;; length
        (local.set $value (call $short (local.get $from)))
        (br_if $done (i32.and (local.get $value) (i32.const 1)))
        (local.set $recordEnd (i32.add (global.get $next) (i32.shr_u (local.get $value) (i32.const 1))))
        (br_if $done (i32.gt_u (local.get $recordEnd) (local.get $end)))
        ;; attributes, timestamp, offset
        (br_if $done (i32.eq (call $short (i32.add (global.get $next) (i32.const 1))) (i32.const -1)))
        (br_if $done (i32.eq (call $short (global.get $next)) (i32.const -1)))
        ;; a key of less than 64 bytes, or none
        (local.set $value (i32.load8_u (global.get $next)))
        (local.set $at (i32.add (global.get $next) (i32.const 1)))
        (if (i32.ne (local.get $value) (i32.const 1))
          (then
            (br_if $done (i32.or (i32.and (local.get $value) (i32.const 1)) (i32.ge_u (local.get $value) (i32.const 128))))
            (local.set $at (i32.add (local.get $at) (i32.shr_u (local.get $value) (i32.const 1))))
            (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const 2)) (local.get $end)))))
        ;; value
        (local.set $value (call $short (local.get $at)))
        (br_if $done (i32.and (local.get $value) (i32.const 1)))
        (local.set $value (i32.shr_u (local.get $value) (i32.const 1)))
        ;; headers take a byte at least
        (br_if $done (i32.ge_u (i32.add (global.get $next) (local.get $value)) (local.get $recordEnd)))
        (local.set $at (i32.add (local.get $to) (local.get $value)))
        (br_if $done (i32.ge_u (local.get $at) (local.get $limit)))
        (call $copy (local.get $to) (global.get $next) (local.get $at))
        (i32.store8 (local.get $at) (local.get $separator))
        (local.set $to (i32.add (local.get $at) (i32.const 1)))
        (local.set $from (local.get $recordEnd))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br $record)))
    (global.set $source (local.get $from))
    (global.set $target (local.get $to))
    (local.get $count)))
