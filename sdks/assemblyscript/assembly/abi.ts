/**
 * Linear memory as the canonical ABI uses it. The generated glue is written on top of this.
 *
 * What crosses lies in chunks that the collector knows nothing of: arguments, results, and all that the
 * host writes through `cabi_realloc`. One `release` after each crossing empties them. Strings and numbers
 * cross where they are: the host reads them while their owner is still on the stack of the caller.
 */

/** The first chunk stays, larger or further ones come and go. */
const CHUNK: usize = 16384;
/** Before the bytes of a chunk: where the chunk before it is. Keeps them aligned. */
const HEADER: usize = 16;

let chunk: usize = 0;
let next: usize = 0;
let end: usize = 0;

/** Bytes that stay until `release`. For none of them any aligned address will do. */
export function allocate(size: usize, align: usize): usize {
  if (size == 0) return align;
  let at = (next + align - 1) & ~(align - 1);
  if (at > end || size > end - at) {
    at = grow(size);
  }
  next = at + size;
  return at;
}

function grow(size: usize): usize {
  const room = max(size, CHUNK);
  const grown = heap.alloc(HEADER + room);
  store<usize>(grown, chunk);
  chunk = grown;
  end = grown + HEADER + room;
  return grown + HEADER;
}

/** Empties all chunks. */
export function release(): void {
  if (!chunk) return;
  let before = load<usize>(chunk);
  if (before) {
    while (before) {
      heap.free(chunk);
      chunk = before;
      before = load<usize>(chunk);
    }
    // Only the newest chunk's end is known; the first one's is written nowhere but here.
    end = chunk + HEADER + CHUNK;
  }
  next = chunk + HEADER;
}

/** Where the host puts what it passes. It makes a block smaller when a string was shorter than feared. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (old != 0 && size <= oldSize) return old;
  const at = allocate(size, align);
  if (oldSize) memory.copy(at, old, oldSize);
  return at;
}

/** The address of a text's UTF-16, its length being the text's own. */
export function lowerText(text: string): i32 {
  const length = text.length;
  const data = changetype<usize>(text);
  for (let index = 0; index < length; ++index) {
    if ((load<u16>(data + (<usize>index << 1)) & 0xf800) != 0xd800) continue;
    if (isPair(data, index, length)) ++index;
    else return <i32>wellFormed(data, length);
  }
  return <i32>data;
}

/** Whether a high and a low surrogate begin at this index. */
function isPair(data: usize, index: i32, length: i32): bool {
  if (index + 1 >= length) return false;
  const at = data + (<usize>index << 1);
  return (load<u16>(at) & 0xfc00) == 0xd800 && (load<u16>(at, 2) & 0xfc00) == 0xdc00;
}

/** A copy with U+FFFD for each lone surrogate, which is what JavaScript's web interfaces do. */
function wellFormed(data: usize, length: i32): usize {
  const copy = allocate(<usize>length << 1, 2);
  memory.copy(copy, data, <usize>length << 1);
  for (let index = 0; index < length; ++index) {
    const at = copy + (<usize>index << 1);
    if ((load<u16>(at) & 0xf800) != 0xd800) continue;
    if (isPair(copy, index, length)) ++index;
    else store<u16>(at, 0xfffd);
  }
  return copy;
}

/** Writes a text's address and length. */
export function storeText(text: string, at: usize): void {
  store<i32>(at, lowerText(text));
  store<i32>(at, text.length, 4);
}

/** A text of UTF-16 at an address. */
export function liftText(data: usize, length: i32): string {
  if (length == 0) return "";
  const size = <usize>length << 1;
  const text = changetype<string>(__new(size, idof<string>()));
  memory.copy(changetype<usize>(text), data, size);
  return text;
}

/** A text whose address and length are at an address. */
export function loadText(at: usize): string {
  return liftText(load<usize>(at), load<i32>(at, 4));
}

/** A typed array `A` of elements `E`, copied from an address. */
export function loadNumbers<A extends ArrayBufferView, E>(data: usize, length: i32): A {
  const array = instantiate<A>(length);
  memory.copy(array.dataStart, data, <usize>length * sizeof<E>());
  return array;
}

/** A resource of the host that the guest holds. */
export class Handle {
  constructor(private handle: i32) {}

  /** False once it was given away or dropped. */
  get isHeld(): bool {
    return this.handle != 0;
  }

  /** The handle, for a call. */
  lend(): i32 {
    assert(this.handle, "it was given away or dropped already");
    return this.handle;
  }

  /** The handle, which is no longer the guest's. */
  give(): i32 {
    const handle = this.lend();
    this.handle = 0;
    return handle;
  }
}
