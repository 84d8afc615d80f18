// The little that is changed in a core module: where it imports from, and bodies of functions.

const types = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64" };
const section = { type: 1, import: 2, function: 3, code: 10 };

/** Reads a module, or a part of it, from the beginning to the end. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  get isDone() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text() {
    return Buffer.from(this.take(this.number())).toString();
  }

  list(read) {
    return Array.from({ length: this.number() }, () => read(this));
  }
}

function number(value) {
  const bytes = [];
  do {
    bytes.push((value % 128) | (value >= 128 ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return Buffer.from(bytes);
}

const sized = (bytes) => Buffer.concat([number(bytes.length), bytes]);
const list = (items) => Buffer.concat([number(items.length), ...items]);
const text = (value) => sized(Buffer.from(value));

function sectionsOf(module) {
  const reader = new Reader(module.subarray(8));
  const sections = [];
  while (!reader.isDone) sections.push({ id: reader.byte(), bytes: reader.take(reader.number()) });
  return sections;
}

function join(module, sections) {
  const parts = sections.map(({ id, bytes }) => Buffer.concat([Buffer.from([id]), sized(bytes)]));
  return Buffer.concat([module.subarray(0, 8), ...parts]);
}

function imports(bytes) {
  return new Reader(bytes).list((reader) => {
    const [module, name, kind] = [reader.text(), reader.text(), reader.byte()];
    if (kind !== 0) throw new Error(`the engine imports ${name}, which is no function`);
    return { module, name, type: reader.number() };
  });
}

/** The module with imports from the modules that `rename` says for them. */
export function renameImports(module, rename) {
  const renamed = ({ module, name, type }) =>
    Buffer.concat([text(rename([module, name])), text(name), Buffer.from([0]), number(type)]);
  const sections = sectionsOf(module).map(({ id, bytes }) =>
    id === section.import ? { id, bytes: list(imports(bytes).map(renamed)) } : { id, bytes },
  );
  return join(module, sections);
}

/** The module with the bodies that `replace` gives for a type and a body in hex, where it gives one. */
export function replaceFunctions(module, replace) {
  const sections = sectionsOf(module);
  const of = (id) => new Reader(sections.find((it) => it.id === id).bytes);
  const names = of(section.type).list(functionType);
  const declared = of(section.function).list((reader) => reader.number());
  const bodies = of(section.code).list((reader) => reader.take(reader.number()));
  const replaced = bodies.map((body, index) => {
    // What stands for an import is short; all other functions are left alone unread.
    const other = body.length < 24 && replace(names[declared[index]], Buffer.from(body).toString("hex"));
    return sized(other ? Buffer.from(other, "hex") : body);
  });
  return join(
    module,
    sections.map(({ id, bytes }) => ({ id, bytes: id === section.code ? list(replaced) : bytes })),
  );
}

function functionType(reader) {
  if (reader.byte() !== 0x60) throw new Error("the engine has a type that is no function's");
  const values = () => reader.list(() => types[reader.byte()]).join(",");
  return `${values()}->${values()}`;
}
