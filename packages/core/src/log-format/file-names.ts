// Names in a log's directory that more than one room reads.

/** The name of the sealer among the cursors of a log. */
export const SEAL_CURSOR = 'seal'
export const CHECKPOINT_FILE = 'checkpoint'
export const TILES_DIRECTORY = 'tiles'
export const HELD_DIRECTORY = 'held'
