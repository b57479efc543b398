#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

// Every fixed bound in one place, with its unit in its name. What an operator may change is in the
// configuration instead.
namespace signpost::limits {

// HTTP messages (SECURITY cases A25, A26).
inline constexpr std::size_t request_line_bytes = 16 * 1024;
inline constexpr std::size_t header_bytes = 64 * 1024;
inline constexpr std::size_t header_field_bytes = 16 * 1024 - 1;
inline constexpr std::size_t header_fields = 100;
inline constexpr std::size_t chunk_line_bytes = 8 * 1024;
inline constexpr std::size_t trailer_bytes = 16 * 1024;

// Bodies that are read whole before they are parsed.
inline constexpr std::size_t json_body_bytes = 1024 * 1024;
inline constexpr std::size_t json_depth = 32;
inline constexpr std::size_t xml_body_bytes = 1024 * 1024;
inline constexpr std::size_t complete_multipart_body_bytes = 2 * 1024 * 1024;

// Buffers of a transfer: the memory that one costs.
inline constexpr std::size_t transfer_buffer_bytes = 64 * 1024;

// Of an answer, what waits in the kernel for a slow reader: more would be the server's memory.
inline constexpr int unsent_bytes = 128 * 1024;

// Deadlines. A body or a reader must move progress_bytes within progress_window. What a reader's
// kernel takes at once is over by progress_settles, and says nothing of the reader.
inline constexpr std::chrono::seconds header_deadline{10};
inline constexpr std::chrono::seconds idle_deadline{75};
inline constexpr std::chrono::seconds progress_window{30};
inline constexpr std::chrono::seconds progress_settles{5};
inline constexpr std::size_t progress_bytes = 30 * 1024;
// By a worker that may accept no more, ten times a second.
inline constexpr unsigned idle_connections_cut = 64;
inline constexpr std::chrono::seconds drain_deadline{30};
inline constexpr std::chrono::seconds connect_deadline{5};
inline constexpr std::chrono::seconds callback_deadline{2};
inline constexpr std::chrono::seconds jwks_deadline{5};
inline constexpr std::chrono::seconds forward_deadline{2};
// An upstream's answer begins within: to a read; to anything that it has to make durable first.
inline constexpr std::chrono::seconds upstream_read_deadline{20};
inline constexpr std::chrono::seconds upstream_write_deadline{60};

// Idle connections to upstreams that a worker keeps, and how long: less than servers commonly do.
inline constexpr std::size_t client_idle_connections = 64;
inline constexpr std::chrono::seconds client_idle{15};

// How a connection ends that still has unread bytes.
inline constexpr std::chrono::seconds linger_deadline{2};
inline constexpr std::size_t linger_read_bytes = 8 * 1024;

// One sendfile(2) call's worth: after it, other connections of the worker have their turn.
inline constexpr std::size_t send_file_step_bytes = 1024 * 1024;

// How much of an unread request body is read away to keep the connection.
inline constexpr std::size_t drain_bytes = 256 * 1024;

// S3 (docs: S3 API reference, "Amazon S3 multipart upload limits", "Object key names").
inline constexpr std::size_t object_key_bytes = 1024;
inline constexpr std::uint64_t put_object_bytes = 5ull << 30;
inline constexpr std::uint64_t object_bytes = 5ull << 40;
inline constexpr std::uint64_t smallest_part_bytes = 5ull << 20;  // but for the last one
inline constexpr std::uint32_t part_number = 10'000;
inline constexpr std::int64_t open_uploads = 10'000;  // multipart, of one bucket at one time
inline constexpr std::size_t user_metadata_bytes = 2048;
inline constexpr std::size_t object_tags = 10;
inline constexpr std::size_t bucket_tags = 50;
inline constexpr std::size_t tag_key_characters = 128;
inline constexpr std::size_t tag_value_characters = 256;
inline constexpr std::chrono::seconds presigned_lifetime{604800};
inline constexpr std::chrono::seconds clock_skew{900};

// What was fetched with tickets: in the store's memory until it is kept in the index, and there
// until it is reported; then the oldest go. In the catalog for that long.
inline constexpr std::size_t fetch_counts_bytes = 16 << 20;
inline constexpr std::int64_t unreported_fetches = 100'000;
inline constexpr std::chrono::hours fetches_kept{90 * 24};
inline constexpr std::size_t known_url_holders = 64 * 1024;  // remembered by each worker

// aws-chunked bodies (SECURITY case D11). The longest line that has a meaning is 99 bytes; every
// signed chunk but the last has the least size that Amazon S3 wants.
inline constexpr std::size_t aws_chunk_line_bytes = 256;
inline constexpr std::uint64_t aws_chunk_bytes_min = 8192;
inline constexpr std::size_t announced_trailers = 16;

// Questions and answers on DATA/admin.sock.
inline constexpr std::size_t local_line_bytes = 1024 * 1024;
inline constexpr std::chrono::seconds local_deadline{5};

// Accounts and tokens.
inline constexpr std::size_t owner_bytes = 128;  // of the store's access keys
inline constexpr std::size_t password_bytes = 1024;
// NIST SP 800-63B section 5.1.1.2: at least 8, and no rule of what must be in it.
inline constexpr std::size_t password_bytes_least = 8;
inline constexpr std::size_t token_bytes = 16 * 1024;
inline constexpr std::size_t jwks_bytes = 512 * 1024;
inline constexpr std::size_t verified_tokens = 4096;  // remembered by each worker
inline constexpr std::size_t api_tokens = 1000;       // of one principal, at one time
inline constexpr std::size_t sessions = 1000;         // the same
inline constexpr std::size_t file_name_bytes = 255;
inline constexpr std::size_t principal_bytes = 400;

// Idempotency-Key: its length, how many of one principal are remembered at one time, how long each.
inline constexpr std::size_t idempotency_key_bytes = 255;
inline constexpr std::int64_t idempotency_keys = 100'000;
inline constexpr std::chrono::hours idempotency_key_life{24};

}  // namespace signpost::limits
