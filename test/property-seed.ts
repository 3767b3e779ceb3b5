/**
 * Property tests draw the same examples in every run, so that a red run is red again. FC_SEED=0 draws new ones, another
 * number repeats what such a run found.
 */
import fc from 'fast-check'

const asked = Number(process.env.FC_SEED ?? 20_261_122)
if (asked !== 0) fc.configureGlobal({ seed: asked })
