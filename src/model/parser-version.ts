/** Higher whenever the parser finds something else in the same octets, or `toWords` makes other words of it: an index made
 *  before is stale then. */
export const parserVersion = 3
