// SPDX-License-Identifier: MIT
//
// bench_cuda_copy.cc - bandwidth of large operations on a GPU, beside the library's calls.
//
//	bench_cuda_copy [-p PARAMS] [-g GPU] [-m MOST_BYTES] [-t SECONDS] [-j FILE]
//
// COPY within GPU memory, to it and from it, FILL, COPY_CRC and CRC32C, of 4 KiB to MOST_BYTES
// (1 GiB), each beside cudaMemcpyAsync or cudaMemsetAsync in the same process: the library first,
// while no kernel of ours is there. Two figures: one operation at a time, from before it is given
// to its end in hand (median), and eight in a row. Memory is compared afterwards: by the device's
// CRC32C against the host's, and its first and last bytes by the host.
// Exit 0, 1, 2 for usage, or 77 when the device cannot run here.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

#include <cuda_runtime_api.h>

#include <peal/peal.h>

namespace
{

using Clock = std::chrono::steady_clock;

constexpr unsigned kRow = 8;			    // operations in a row
constexpr uint64_t kLeast = 4096;		    // bytes
constexpr uint64_t kPatience = UINT64_C(20000000000); // ns, for one operation
constexpr double kAll = 50;			    // seconds; nothing new is begun after that
constexpr uint32_t kPattern = 0xa5c3960f;

struct Options {
	std::string params;
	const char *json = nullptr;
	int gpu = 0;
	uint64_t most = UINT64_C(1) << 30;
	double seconds = 0.08; // of a point
};

enum Kind { D2D, H2D, D2H, FILL, COPY_CRC, CRC, KINDS };

const char *const kName[KINDS] = { "copy within the GPU", "copy host to GPU", "copy GPU to host",
				   "fill",		  "copy with CRC32C", "CRC32C" };
const char *const kKey[KINDS] = { "d2d", "h2d", "d2h", "fill", "copy_crc", "crc32c" };

struct Figure {
	double one_us = -1, row_us = -1; // of one operation; -1: there is no such
};

struct Point {
	Figure library, peal;
};

Clock::time_point begun;

double Seconds(Clock::time_point since)
{
	return std::chrono::duration<double>(Clock::now() - since).count();
}

bool Late()
{
	return Seconds(begun) > kAll;
}

// Measures `go(n)`, n operations and their end, until the time is up. False: it failed.
template <typename Go> bool Measure(double seconds, Go go, Figure *figure)
{
	std::vector<double> one;
	double best = -1;

	if (!go(1) || !go(1))
		return false;
	for (auto start = Clock::now(); one.size() < 5 || (Seconds(start) < seconds / 2 && one.size() < 2000);) {
		auto t = Clock::now();

		if (!go(1))
			return false;
		one.push_back(Seconds(t) * 1e6);
	}
	unsigned rows = 0;

	for (auto start = Clock::now(); rows < 3 || (Seconds(start) < seconds / 2 && rows < 500); rows++) {
		auto t = Clock::now();

		if (!go(kRow))
			return false;
		double us = Seconds(t) * 1e6 / kRow;

		best = best < 0 || us < best ? us : best;
	}
	std::nth_element(one.begin(), one.begin() + static_cast<long>(one.size() / 2), one.end());
	figure->one_us = one[one.size() / 2];
	figure->row_us = best;
	return true;
}

void Randomize(uint8_t *data, uint64_t bytes)
{
	uint64_t x = 1;

	for (uint64_t i = 0; i < bytes; i += 8) {
		x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		memcpy(data + i, &x, 8);
	}
}

// ---- the library --------------------------------------------------------------------------

struct Library {
	cudaStream_t stream = nullptr;
	void *a = nullptr, *b = nullptr, *host = nullptr;
	const char *what = "";
	cudaError_t error = cudaSuccess;

	bool Ok(cudaError_t e, const char *doing)
	{
		if (e && !error) {
			error = e;
			what = doing;
		}
		return !e;
	}
	bool Open(const Options &o)
	{
		return Ok(cudaSetDevice(o.gpu), "choosing the GPU") &&
		       Ok(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "stream") &&
		       Ok(cudaMalloc(&a, o.most), "GPU memory") && Ok(cudaMalloc(&b, o.most), "GPU memory") &&
		       Ok(cudaHostAlloc(&host, o.most, cudaHostAllocPortable), "pinned memory") &&
		       WarmUp(o.most);
	}
	// The same data as for Peal, and clocks that are up.
	bool WarmUp(uint64_t bytes)
	{
		bool good = true;

		Randomize(static_cast<uint8_t *>(host), bytes);
		good = Ok(Begin(H2D, bytes), kName[H2D]) && Ok(cudaStreamSynchronize(stream), kName[H2D]);
		for (auto start = Clock::now(); good && Seconds(start) < 0.3;)
			good = Ok(Begin(D2D, bytes), kName[D2D]) &&
			       Ok(cudaStreamSynchronize(stream), kName[D2D]);
		return good;
	}
	void Close()
	{
		cudaFree(a);
		cudaFree(b);
		cudaFreeHost(host);
		cudaStreamDestroy(stream);
	}
	cudaError_t Begin(Kind kind, uint64_t bytes)
	{
		switch (kind) {
		case D2D: return cudaMemcpyAsync(b, a, bytes, cudaMemcpyDeviceToDevice, stream);
		case H2D: return cudaMemcpyAsync(a, host, bytes, cudaMemcpyHostToDevice, stream);
		case D2H: return cudaMemcpyAsync(host, a, bytes, cudaMemcpyDeviceToHost, stream);
		default: return cudaMemsetAsync(b, 0x5a, bytes, stream);
		}
	}
	bool Run(Kind kind, uint64_t bytes, double seconds, Figure *figure)
	{
		if (kind > FILL) // it has none
			return true;
		return Measure(seconds,
			       [&](unsigned n) {
				       for (unsigned i = 0; i < n; i++)
					       if (!Ok(Begin(kind, bytes), kName[kind]))
						       return false;
				       return Ok(cudaStreamSynchronize(stream), kName[kind]);
			       },
			       figure);
	}
};

// ---- Peal ---------------------------------------------------------------------------------

struct Peal {
	peal_device *dev = nullptr;
	peal_queue *queue = nullptr;
	peal_region *a = nullptr, *b = nullptr; // GPU
	peal_region *from = nullptr, *to = nullptr; // host
	std::string why;

	bool Fail(const std::string &text)
	{
		if (why.empty())
			why = text;
		return false;
	}
	bool Alloc(uint64_t bytes, peal_place place, peal_region **region)
	{
		peal_region_opts opts = {};

		opts.bytes = bytes;
		opts.place = static_cast<uint8_t>(place);
		return !peal_region_alloc(dev, &opts, region) || Fail(peal_error(dev));
	}
	int Open(const Options &o)
	{
		peal_open_opts opts = {};
		std::string params = "gpu=" + std::to_string(o.gpu) + (o.params.empty() ? "" : ",") + o.params;

		opts.params = params.c_str();
		int rc = peal_open("cuda", &opts, &dev);

		if (rc) {
			Fail(peal_error(nullptr));
			return rc == -EOPNOTSUPP || rc == -ENOENT ? 77 : 1;
		}
		if (!Alloc(o.most, PEAL_PLACE_DEVICE, &a) || !Alloc(o.most, PEAL_PLACE_DEVICE, &b) ||
		    !Alloc(o.most, PEAL_PLACE_HOST, &from) || !Alloc(o.most, PEAL_PLACE_HOST, &to))
			return 1;
		if (peal_queue_create(dev, nullptr, &queue)) {
			Fail(peal_error(dev));
			return 1;
		}
		return 0;
	}
	void Close()
	{
		peal_close(dev);
	}
	void Prepare(Kind kind, uint32_t bytes, uint32_t cookie, peal_desc *d)
	{
		switch (kind) {
		case D2D: peal_prep_copy(d, cookie, peal_at(a, 0), peal_at(b, 0), bytes); break;
		case H2D: peal_prep_copy(d, cookie, peal_at(from, 0), peal_at(a, 0), bytes); break;
		case D2H: peal_prep_copy(d, cookie, peal_at(a, 0), peal_at(to, 0), bytes); break;
		case FILL: peal_prep_fill(d, cookie, peal_at(b, 0), bytes, kPattern); break;
		case COPY_CRC: peal_prep_copy_crc(d, cookie, peal_at(a, 0), peal_at(b, 0), bytes, 0); break;
		default: peal_prep_crc32c(d, cookie, peal_at(a, 0), bytes, 0);
		}
	}
	// n at once; all must have come out as `want`.
	bool Do(const peal_desc *d, unsigned n, uint64_t want)
	{
		peal_completion c[kRow];

		if (peal_submit(queue, d, n) != static_cast<int>(n))
			return Fail(std::string("submit: ") + peal_error(dev));
		auto start = Clock::now();

		for (unsigned got = 0; got < n;) {
			int k = peal_poll(queue, c, n - got);

			if (k < 0)
				return Fail(std::string("poll: ") + peal_error(dev));
			for (int i = 0; i < k; i++)
				if (c[i].status != PEAL_ST_OK || c[i].result != want)
					return Fail(std::string("came out as ") + peal_status_name(c[i].status) +
						    ", result " + std::to_string(c[i].result) + " instead of " +
						    std::to_string(want));
			got += static_cast<unsigned>(k);
			if (!k && Seconds(start) * 1e9 > static_cast<double>(kPatience))
				return Fail("no completion within 20 s");
		}
		return true;
	}
	bool Run(Kind kind, uint64_t bytes, uint64_t want, double seconds, Figure *figure)
	{
		peal_desc d[kRow];

		for (unsigned i = 0; i < kRow; i++)
			Prepare(kind, static_cast<uint32_t>(bytes), i, &d[i]);
		return Measure(seconds, [&](unsigned n) { return Do(d, n, want); }, figure);
	}
	// The first and last bytes of a region, against `want`.
	bool Ends(peal_region *region, uint64_t bytes, const uint8_t *want)
	{
		const uint64_t n = std::min<uint64_t>(bytes, 65536);
		std::vector<uint8_t> got(n);

		for (uint64_t at : { UINT64_C(0), bytes - n })
			if (peal_region_read(region, at, got.data(), n) || memcmp(got.data(), want + at, n))
				return Fail("the bytes that the host reads are not those that were meant");
		return true;
	}
	// By the device's CRC32C and the host's eyes.
	bool Same(peal_region *region, uint64_t bytes, const uint8_t *want, uint32_t crc)
	{
		peal_desc d;

		peal_prep_crc32c(&d, 0, peal_at(region, 0), static_cast<uint32_t>(bytes), 0);
		return Do(&d, 1, crc) && Ends(region, bytes, want);
	}
};

bool FillWith(Peal *p, peal_region *region, uint64_t bytes, uint32_t pattern)
{
	peal_desc d;

	peal_prep_fill(&d, 0, peal_at(region, 0), static_cast<uint32_t>(bytes), pattern);
	return p->Do(&d, 1, bytes);
}

// One kind and size: measured, and what it left is looked at.
bool RunAndCheck(Peal *p, Kind kind, uint64_t bytes, const uint8_t *data, uint32_t crc, double seconds,
		 Figure *figure)
{
	peal_region *target = kind == H2D ? p->a : kind == D2H ? p->to : p->b;
	uint64_t want = kind == CRC || kind == COPY_CRC ? crc : bytes;
	std::vector<uint8_t> filled;

	if (kind != CRC && kind != FILL && !FillWith(p, target, bytes, 0))
		return false;
	if (kind == FILL && !FillWith(p, target, bytes, ~kPattern))
		return false;
	if (!p->Run(kind, bytes, want, seconds, figure))
		return false;
	if (kind == CRC)
		return true;
	if (kind != FILL)
		return p->Same(target, bytes, data, crc);
	filled.resize(bytes);
	for (uint64_t i = 0; i < bytes; i += 4)
		memcpy(&filled[i], &kPattern, 4);
	return p->Same(target, bytes, filled.data(), peal_crc32c(0, filled.data(), bytes));
}

// ---- all of it ----------------------------------------------------------------------------

using Table = std::vector<std::vector<Point>>; // by size and kind

uint64_t BytesOf(size_t size)
{
	return kLeast << 2 * size;
}

bool RunLibrary(const Options &o, Table *table)
{
	Library library;
	bool good = library.Open(o);

	for (size_t s = 0; good && s < table->size(); s++)
		for (unsigned k = 0; good && k < KINDS && !Late(); k++)
			good = library.Run(static_cast<Kind>(k), BytesOf(s), o.seconds, &(*table)[s][k].library);
	if (!good)
		fprintf(stderr, "bench_cuda_copy: the library: %s: %s\n", library.what,
			cudaGetErrorString(library.error));
	library.Close();
	return good;
}

int RunPeal(const Options &o, Table *table)
{
	Peal p;
	int code = p.Open(o);
	uint8_t *data = code ? nullptr : static_cast<uint8_t *>(peal_region_memory(p.from));
	bool good = !code;
	peal_desc d;

	if (good) {
		Randomize(data, o.most);
		peal_prep_copy(&d, 0, peal_at(p.from, 0), peal_at(p.a, 0), static_cast<uint32_t>(o.most));
		good = p.Do(&d, 1, o.most);
	}
	for (size_t s = 0; good && s < table->size(); s++) {
		uint32_t crc = peal_crc32c(0, data, BytesOf(s));

		for (unsigned k = 0; good && k < KINDS && !Late(); k++) {
			good = RunAndCheck(&p, static_cast<Kind>(k), BytesOf(s), data, crc, o.seconds,
					   &(*table)[s][k].peal);
			if (!good)
				p.Fail(""), fprintf(stderr, "bench_cuda_copy: %s of %llu bytes: %s\n", kName[k],
						    static_cast<unsigned long long>(BytesOf(s)), p.why.c_str());
		}
	}
	if (good && peal_queue_audit(p.queue)) {
		fprintf(stderr, "bench_cuda_copy: %s\n", peal_error(p.dev));
		good = false;
	}
	if (code)
		fprintf(stderr, "bench_cuda_copy: %s\n", p.why.c_str());
	p.Close();
	return code ? code : !good;
}

double Rate(uint64_t bytes, double us)
{
	return us > 0 ? static_cast<double>(bytes) / us / 1e3 : -1;
}

void Column(double value, const char *format)
{
	char text[32];

	snprintf(text, sizeof(text), format, value);
	printf(" %9s", value < 0 ? "-" : text);
}

void Print(const Table &table)
{
	printf("GB/s of bytes moved; one at a time (median), and %u in a row (best); %% is of the library's\n",
	       kRow);
	for (unsigned k = 0; k < KINDS; k++) {
		printf("%s\n %11s %9s %9s %9s %9s %9s %9s\n", kName[k], "bytes", "library", "peal", "%",
		       "row: lib", "peal", "%");
		for (size_t s = 0; s < table.size(); s++) {
			const Point &p = table[s][k];
			double lib = Rate(BytesOf(s), p.library.one_us), one = Rate(BytesOf(s), p.peal.one_us);
			double lib_row = Rate(BytesOf(s), p.library.row_us), row = Rate(BytesOf(s), p.peal.row_us);

			printf(" %11llu", static_cast<unsigned long long>(BytesOf(s)));
			Column(lib, "%.2f");
			Column(one, "%.2f");
			Column(lib > 0 && one > 0 ? 100 * one / lib : -1, "%.1f");
			Column(lib_row, "%.2f");
			Column(row, "%.2f");
			Column(lib_row > 0 && row > 0 ? 100 * row / lib_row : -1, "%.1f");
			printf("\n");
		}
	}
}

void Number(FILE *out, const char *name, double value)
{
	if (value < 0)
		fprintf(out, ", \"%s\": null", name);
	else
		fprintf(out, ", \"%s\": %.3f", name, value);
}

bool WriteJson(const char *path, const Table &table)
{
	FILE *out = fopen(path, "w");
	const char *comma = "";

	if (!out) {
		perror(path);
		return false;
	}
	fprintf(out, "[");
	for (unsigned k = 0; k < KINDS; k++)
		for (size_t s = 0; s < table.size(); s++) {
			const Point &p = table[s][k];

			fprintf(out, "%s\n  {\"name\": \"%s\", \"bytes\": %llu, \"in_a_row\": %u", comma, kKey[k],
				static_cast<unsigned long long>(BytesOf(s)), kRow);
			Number(out, "library_us", p.library.one_us);
			Number(out, "peal_us", p.peal.one_us);
			Number(out, "library_row_us", p.library.row_us);
			Number(out, "peal_row_us", p.peal.row_us);
			Number(out, "library_row_gb_per_s", Rate(BytesOf(s), p.library.row_us));
			Number(out, "peal_row_gb_per_s", Rate(BytesOf(s), p.peal.row_us));
			fprintf(out, "}");
			comma = ",";
		}
	return fputs("\n]\n", out) >= 0 && !fclose(out);
}

bool Parse(int argc, char **argv, Options *o)
{
	int opt;

	while ((opt = getopt(argc, argv, "p:g:m:t:j:")) != -1) {
		char *end = nullptr;

		switch (opt) {
		case 'p': o->params = optarg; break;
		case 'j': o->json = optarg; break;
		case 'g': o->gpu = static_cast<int>(strtol(optarg, &end, 10)); break;
		case 'm': o->most = strtoull(optarg, &end, 10); break;
		case 't': o->seconds = strtod(optarg, &end); break;
		default: return false;
		}
		if (end && *end)
			return false;
	}
	return optind == argc && o->gpu >= 0 && o->most >= kLeast && o->most <= UINT64_C(1) << 31 &&
	       o->seconds > 0 && o->seconds < 10;
}

} // namespace

int main(int argc, char **argv)
{
	Options o;
	int count = 0, code;

	if (!Parse(argc, argv, &o)) {
		fprintf(stderr, "usage: bench_cuda_copy [-p PARAMS] [-g GPU] [-m MOST_BYTES] [-t SECONDS] "
				"[-j FILE]\n");
		return 2;
	}
	if (cudaGetDeviceCount(&count) || !count) {
		fprintf(stderr, "bench_cuda_copy: no NVIDIA GPU or driver on this host\n");
		return 77;
	}
	begun = Clock::now();
	setenv("CUDA_MODULE_LOADING", "EAGER", 0);
	Table table;

	for (uint64_t bytes = kLeast; bytes <= o.most; bytes *= 4)
		table.emplace_back(KINDS);
	o.most = BytesOf(table.size() - 1);
	if (!RunLibrary(o, &table))
		return 1;
	code = RunPeal(o, &table);
	if (code)
		return code;
	Print(table);
	if (Late())
		fprintf(stderr, "bench_cuda_copy: %.0f s are over; what is missing was not begun\n", kAll);
	return o.json && !WriteJson(o.json, table);
}
