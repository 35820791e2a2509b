// SPDX-License-Identifier: MIT
// about: peal_fetch
// What the read arbiter is promised of read client 0. A queue that asks has room for
// one slot at least; its ring begins at a multiple of a slot.
  `RESET_FIRST
  logic [9:0] f_pending;   // bursts asked for and not answered
  `PROMISE(fetch_queue_has_room, !any || room != 0)
  `PROMISE(fetch_ring_is_aligned, !any || base_i[5:0] == 0)
  `PROMISE(fetch_answers_what_was_asked, !r_valid_i || f_pending != 0)
  always_ff @(posedge clk_i) begin
    if (!rst_ni) f_pending <= '0;
    else f_pending <= f_pending + 10'(ar_valid_o && ar_ready_i) - 10'(r_valid_i && r_last_i);
  end
  // a burst of descriptors is within 4 KiB and has one slot at least, 16 at most
  `PROVE(fetch_within_4k, ar_valid_o, ar_addr_o[5:0] == 0 && 9'(ar_addr_o[11:6]) + 9'(ar_len_o) < 9'd64 && ar_len_o < 8'd16)
  // never more bursts are outstanding than it has notes of
  `ALWAYS(fetch_outstanding, f_pending == 10'd3, f_pending <= 10'(Bursts))
  `LEMMA(fetch_counts, f_pending == 10'(unused_level))
