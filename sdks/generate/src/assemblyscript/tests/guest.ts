/** What the guest does with resources; everything else it hands to the host. */
import { Thing } from "./generated/types";

export function useThings(name: string): Array<string> {
  const one = Thing.create(name);
  const two = Thing.create(`${name}2`);
  const told = [one.name(), one.isBefore(two).toString(), two.isBefore(one).toString()];
  const joined = Thing.join(one, two);
  told.push(joined.name());
  told.push(one.isHeld.toString());
  joined.drop();
  joined.drop();
  return told;
}
