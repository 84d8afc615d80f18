import { Pairs } from "../pairs.ts";

/**
 * Headers in the order in which they are sent or were received; names are compared whatever their
 * case, and written as they are.
 */
export class Headers extends Pairs {
  /** Adds a header, whether there is one of this name or not. */
  append(name: string, value: string): void {
    this.list.push([name, value]);
  }

  /** Sets a header; all others of this name are gone. */
  set(name: string, value: string): void {
    const key = this.key(name);
    const at = this.list.findIndex(([it]) => this.key(it) === key);
    if (at < 0) {
      this.append(name, value);
      return;
    }
    this.list[at] = [name, value];
    this.remove(key, at + 1);
  }

  /** Removes all headers of this name. */
  delete(name: string): void {
    this.remove(this.key(name), 0);
  }

  protected override key(name: string): string {
    return name.toLowerCase();
  }

  private remove(key: string, from: number): void {
    for (let at = this.list.length - 1; at >= from; at--) {
      if (this.key(this.list[at]![0]) === key) this.list.splice(at, 1);
    }
  }
}
