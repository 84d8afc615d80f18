/** A guest of the capability that the tests add: it throws a die, and tells who threw what. */

import { type Handler, Response } from "@flux-run/sdk";

interface Throw {
  player: string;
  eyes: number;
}

interface Dice {
  Table: { open(label: string): { roll(wish: string, sides: number): Promise<Throw> } };
  note(line: string): Promise<string[]>;
}

/** An interface that is not the SDK's own is found by its full name. */
declare const __fluxHost: { "toy:dice/dice@0.1.0": Dice };

export default {
  fetch: async () => {
    const dice = __fluxHost["toy:dice/dice@0.1.0"];
    const { player, eyes } = await dice.Table.open("green").roll("may it be high", 6);
    const slate = await dice.note(`${player} has ${eyes}`);
    return new Response(`${player} threw ${eyes}; ${slate.join(", ")}`);
  },
} satisfies Handler;
