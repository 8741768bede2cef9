// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/blk/cut.c: a guest's requests cut to what a virtio disk takes. Pieces
 * are written down as they come, one letter and what it covers, and compared
 * with the whole: "R100:0+2" reads segments 0 and 1 at sector 100.
 */
#include <linux/kernel.h>
#include <stdarg.h>

#include "../../kmod/blk/cut.c"
#include "ktap.h"

#define OK	VIRTIO_BLK_S_OK
#define IOERR	VIRTIO_BLK_S_IOERR
#define UNSUPP	VIRTIO_BLK_S_UNSUPP

static struct cut_limits limits;
static struct blkif_req req;
static struct blkif_seg segs[BLKIF_MAX_SEGS];
static struct cut cut;
static char said[4096];

static void say(const char *fmt, ...)
{
	size_t at = strlen(said);
	va_list args;

	va_start(args, fmt);
	vsnprintf(said + at, sizeof(said) - at, fmt, args);
	va_end(args);
}

#define EXPECT_SAID(text)						\
	do {								\
		if (strcmp(said, text)) {				\
			printf("# %s:%d: \"%s\", expected \"%s\"\n",	\
			       __FILE__, __LINE__, said, text);		\
			ktap_failed = true;				\
		}							\
		said[0] = 0;						\
	} while (0)

/* A request of @nr segments of @sectors each. */
static int begin(u8 operation, u64 sector, unsigned int nr, u8 sectors)
{
	unsigned int i;

	memset(&cut, 0xa5, sizeof(cut));
	memset(segs, 0xa5, sizeof(segs));
	req = (struct blkif_req){
		.operation = operation,
		.sector = sector,
		.nr_segs = nr,
		.nr_sectors = nr * sectors,
	};
	for (i = 0; i < nr; i++)
		segs[i] = (struct blkif_seg){ .gref = i, .nr = sectors };
	return cut_begin(&cut, &req, &limits);
}

static int begin_discard(u64 sector, u64 nr_sectors, bool secure)
{
	memset(&cut, 0xa5, sizeof(cut));
	req = (struct blkif_req){
		.operation = BLKIF_OP_DISCARD,
		.sector = sector,
		.nr_sectors = nr_sectors,
		.secure = secure,
	};
	return cut_begin(&cut, &req, &limits);
}

static void fresh(u32 most)
{
	said[0] = 0;
	limits = (struct cut_limits){
		.segs = most,
		.discard = 1000,
		.discard_alignment = 1,
		.secure_erase = 100,
		.flush = true,
	};
}

/* What may go now. */
static void go(void)
{
	struct cut_piece piece;

	memset(&piece, 0xa5, sizeof(piece));
	while (cut_next(&cut, &req, segs, &limits, &piece)) {
		switch (piece.type) {
		case VIRTIO_BLK_T_IN:
		case VIRTIO_BLK_T_OUT:
			EXPECT_EQ(piece.nr_sectors, 0);
			say("%c%llu:%u+%u ", piece.type ? 'W' : 'R',
			    (unsigned long long)piece.sector, piece.seg,
			    piece.nr_segs);
			break;
		case VIRTIO_BLK_T_FLUSH:
			EXPECT_EQ(piece.nr_sectors + piece.nr_segs + piece.seg, 0);
			EXPECT_EQ(piece.sector, 0);
			say("F ");
			break;
		case VIRTIO_BLK_T_DISCARD:
		case VIRTIO_BLK_T_SECURE_ERASE:
			EXPECT_EQ(piece.nr_segs, 0);
			say("%c%llu+%u ",
			    piece.type == VIRTIO_BLK_T_DISCARD ? 'D' : 'S',
			    (unsigned long long)piece.sector, piece.nr_sectors);
			break;
		default:
			say("? ");
		}
		memset(&piece, 0xa5, sizeof(piece));
	}
}

static void done(u8 status)
{
	cut_done(&cut, &req, status);
}

TEST(a_read_that_fits_is_one_piece)
{
	fresh(4);
	EXPECT_EQ(begin(BLKIF_OP_READ, 100, 4, 8), BLKIF_RSP_OKAY);
	EXPECT(!cut_over(&cut));
	go();
	EXPECT_SAID("R100:0+4 ");
	EXPECT(!cut_over(&cut));
	done(OK);
	EXPECT(cut_over(&cut));
	EXPECT_EQ(cut.status, BLKIF_RSP_OKAY);
	go();
	EXPECT_SAID("");
}

TEST(a_write_is_cut_at_the_limit)
{
	fresh(4);
	EXPECT_EQ(begin(BLKIF_OP_WRITE, 1000, 9, 3), BLKIF_RSP_OKAY);
	go();
	EXPECT_SAID("W1000:0+4 W1012:4+4 W1024:8+1 ");
	EXPECT_EQ(cut.pending, 3);
	done(OK);
	done(OK);
	EXPECT(!cut_over(&cut));
	done(OK);
	EXPECT(cut_over(&cut));
	EXPECT_EQ(cut.status, BLKIF_RSP_OKAY);
}

TEST(the_largest_goes_page_by_page)
{
	unsigned int i;

	fresh(1);
	EXPECT_EQ(begin(BLKIF_OP_READ, 1ULL << 40, BLKIF_MAX_SEGS, 8),
		  BLKIF_RSP_OKAY);
	go();
	EXPECT_EQ(cut.pending, BLKIF_MAX_SEGS);
	EXPECT_EQ(cut.sector, (1ULL << 40) + 8 * BLKIF_MAX_SEGS);
	for (i = 0; i < BLKIF_MAX_SEGS; i++) {
		EXPECT(!cut_over(&cut));
		done(OK);
	}
	EXPECT(cut_over(&cut));
}

TEST(a_flush_is_a_flush)
{
	fresh(4);
	EXPECT_EQ(begin(BLKIF_OP_FLUSH_DISKCACHE, 77, 0, 0), BLKIF_RSP_OKAY);
	go();
	EXPECT_SAID("F ");
	done(OK);
	EXPECT(cut_over(&cut));
	EXPECT_EQ(cut.status, BLKIF_RSP_OKAY);
}

TEST(a_flush_with_data_flushes_before_and_after)
{
	fresh(2);
	EXPECT_EQ(begin(BLKIF_OP_FLUSH_DISKCACHE, 64, 3, 8), BLKIF_RSP_OKAY);
	go();
	EXPECT_SAID("F ");
	EXPECT(!cut_over(&cut));
	done(OK);
	EXPECT(!cut_over(&cut));
	go();
	EXPECT_SAID("W64:0+2 W80:2+1 ");
	done(OK);
	go();
	EXPECT_SAID("");
	done(OK);
	EXPECT(!cut_over(&cut));
	go();
	EXPECT_SAID("F ");
	EXPECT(!cut_over(&cut));
	done(OK);
	EXPECT(cut_over(&cut));
	EXPECT_EQ(cut.status, BLKIF_RSP_OKAY);
}

TEST(no_flush_where_there_is_none)
{
	fresh(2);
	limits.flush = false;
	EXPECT_EQ(begin(BLKIF_OP_FLUSH_DISKCACHE, 0, 0, 0),
		  BLKIF_RSP_EOPNOTSUPP);
	EXPECT_EQ(begin(BLKIF_OP_WRITE, 0, 1, 1), BLKIF_RSP_OKAY);
	EXPECT_EQ(begin_discard(0, 8, false), BLKIF_RSP_OKAY);
}

TEST(a_discard_that_fits)
{
	fresh(2);
	EXPECT_EQ(begin_discard(5, 1000, false), BLKIF_RSP_OKAY);
	go();
	EXPECT_SAID("D5+1000 ");
	EXPECT_EQ(cut.pending, 1);
	done(OK);
	EXPECT(cut_over(&cut));
}

TEST(a_discard_is_cut_where_the_device_likes_it)
{
	fresh(2);
	limits.discard_alignment = 64;
	EXPECT_EQ(begin_discard(100, 2500, false), BLKIF_RSP_OKAY);
	go();
	/* 1088 = 17 * 64, 2048 = 32 * 64 */
	EXPECT_SAID("D100+988 D1088+960 D2048+552 ");
	limits.discard_alignment = 64;
	EXPECT_EQ(begin_discard(0, 1001, false), BLKIF_RSP_OKAY);
	go();
	EXPECT_SAID("D0+960 D960+41 ");
}

TEST(an_alignment_beyond_the_limit_is_no_obstacle)
{
	fresh(2);
	limits.discard = 10;
	limits.discard_alignment = 64;
	EXPECT_EQ(begin_discard(1, 25, false), BLKIF_RSP_OKAY);
	go();
	EXPECT_SAID("D1+10 D11+10 D21+5 ");
	/* just so far beyond a multiple as the limit is */
	limits.discard = 10;
	EXPECT_EQ(begin_discard(64, 15, false), BLKIF_RSP_OKAY);
	go();
	EXPECT_SAID("D64+10 D74+5 ");
}

TEST(a_secure_one_erases)
{
	fresh(2);
	EXPECT_EQ(begin_discard(0, 150, true), BLKIF_RSP_OKAY);
	go();
	EXPECT_SAID("S0+100 S100+50 ");
	limits.secure_erase = 0;
	EXPECT_EQ(begin_discard(0, 150, true), BLKIF_RSP_EOPNOTSUPP);
	EXPECT_EQ(begin_discard(0, 150, false), BLKIF_RSP_OKAY);
	limits.discard = 0;
	EXPECT_EQ(begin_discard(0, 150, false), BLKIF_RSP_EOPNOTSUPP);
}

TEST(an_endless_discard_comes_piece_by_piece)
{
	struct cut_piece piece;

	fresh(2);
	limits.discard = U32_MAX;
	EXPECT_EQ(begin_discard(0, 1ULL << 40, false), BLKIF_RSP_OKAY);
	EXPECT(cut_next(&cut, &req, segs, &limits, &piece));
	EXPECT_EQ(piece.nr_sectors, U32_MAX);
	EXPECT_EQ(cut.left, (1ULL << 40) - U32_MAX);
	EXPECT_EQ(cut.pending, 1);
	EXPECT(cut_next(&cut, &req, segs, &limits, &piece));
	EXPECT_EQ(piece.sector, U32_MAX);
}

TEST(an_error_ends_it_when_all_are_back)
{
	struct cut_piece piece;

	fresh(1);
	begin(BLKIF_OP_WRITE, 0, 4, 8);
	EXPECT(cut_next(&cut, &req, segs, &limits, &piece));
	EXPECT(cut_next(&cut, &req, segs, &limits, &piece));
	done(IOERR);
	EXPECT(!cut_over(&cut));
	go();
	EXPECT_SAID("");
	done(OK);
	EXPECT(cut_over(&cut));
	EXPECT_EQ(cut.status, BLKIF_RSP_ERROR);
}

TEST(a_failed_flush_keeps_the_data_back)
{
	fresh(1);
	begin(BLKIF_OP_FLUSH_DISKCACHE, 0, 1, 8);
	go();
	EXPECT_SAID("F ");
	done(IOERR);
	EXPECT(cut_over(&cut));
	go();
	EXPECT_SAID("");
	EXPECT_EQ(cut.status, BLKIF_RSP_ERROR);
}

TEST(what_a_status_means)
{
	static const struct {
		u8 operation, status;
		s16 means;
	} cases[] = {
		{ BLKIF_OP_READ, UNSUPP, BLKIF_RSP_ERROR },
		{ BLKIF_OP_WRITE, UNSUPP, BLKIF_RSP_ERROR },
		{ BLKIF_OP_READ, IOERR, BLKIF_RSP_ERROR },
		{ BLKIF_OP_READ, 0xff, BLKIF_RSP_ERROR },
		{ BLKIF_OP_FLUSH_DISKCACHE, UNSUPP, BLKIF_RSP_EOPNOTSUPP },
		{ BLKIF_OP_FLUSH_DISKCACHE, IOERR, BLKIF_RSP_ERROR },
		{ BLKIF_OP_FLUSH_DISKCACHE, 3, BLKIF_RSP_ERROR },
	};
	unsigned int i;

	fresh(4);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool flush = cases[i].operation == BLKIF_OP_FLUSH_DISKCACHE;

		begin(cases[i].operation, 0, !flush, 8);
		go();
		done(cases[i].status);
		EXPECT(cut_over(&cut));
		EXPECT_EQ(cut.status, cases[i].means);
		said[0] = 0;
	}
	begin_discard(0, 8, false);
	go();
	done(UNSUPP);
	EXPECT_EQ(cut.status, BLKIF_RSP_EOPNOTSUPP);
}

TEST(the_worst_wins)
{
	fresh(4);
	limits.discard = 10;
	begin_discard(0, 30, false);
	go();
	done(UNSUPP);
	EXPECT_EQ(cut.status, BLKIF_RSP_EOPNOTSUPP);
	done(IOERR);
	EXPECT_EQ(cut.status, BLKIF_RSP_ERROR);
	done(UNSUPP);
	EXPECT_EQ(cut.status, BLKIF_RSP_ERROR);
	EXPECT(cut_over(&cut));
}

KTAP_MAIN()
