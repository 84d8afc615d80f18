import { tests } from "../testing.mjs";

await tests("tests/failing.ts");
