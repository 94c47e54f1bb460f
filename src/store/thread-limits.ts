/** Of each thread of the store. Left to itself V8 lets what is young grow to some 50 MB in each before it looks what is still in
 *  use; with these limits a sync has the same speed and needs 100 MB less. */
export const threadLimits = { maxYoungGenerationSizeMb: 8 } as const
