"""Where `guard` has its arrays, and what its allocator remembers: for Python and compiled code."""

import mmap

PAGE = mmap.PAGESIZE
BLOCK = 512 * PAGE  # addresses whose pages the system describes in one page of its own
SPACE = 2**43  # bytes of addresses, of the 2^47 that a process has; a page holds one array
BLOCKS, PAGES = SPACE // BLOCK, SPACE // PAGE
OTHERS = 12_000  # pieces of memory that are left to the rest of the process

READ_AND_WRITE = mmap.PROT_READ | mmap.PROT_WRITE

# The allocator's state: where the region of addresses begins and ends, and where the next array
# will be; PAGE if its guard page comes first, else 0; how many arrays there are, how many there may
# be, and how many had to do without a guard page; addresses of the tables of `guard_pages`.
START, END, CURSOR, FRONT, LIVE, LIMIT, PLAIN, COUNTS, SIZES = range(9)
NUMBERS = 9
