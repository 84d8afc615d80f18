// Made from wit/ by flux-sdk-generate. Do not edit.

/** 2 values. */
export class Tuple2<T0, T1> {
  constructor(public item0: T0, public item1: T1) {}
}
