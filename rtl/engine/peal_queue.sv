// SPDX-License-Identifier: MIT
// One queue: its indices, its state and its credits.
//
// A descriptor passes the indices in this order, each a free-running 32-bit
// number, so that a difference of two is a count:
//
//   tail >= fetch >= arrive >= select >= head >= gone >= done
//   rung    asked    in the     taken    accep-  on its  over: answered,
//           for      buffer     by       ted     way     or silent
//                               decode
//
// gone and done are counts: in a queue of any order it need not be the oldest that
// went. retire is the oldest entry that has not gone.
//
// A slot with wrong tags sets flush: what was fetched behind head is dropped and
// asked for again, STALE_RETRIES times at most.
`include "peal_assert.svh"

module peal_queue #(
  parameter int Window = 256  // descriptors in the fetch buffer, and between select and retire
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // commands (peal_command), single-cycle pulses
  input  logic        load_i,       // ENABLE from DISABLED: take the start values below
  input  logic        resume_i,     // ENABLE from DRAINED
  input  logic        drain_i,
  input  logic        abort_i,      // accept no more, end what is accepted
  input  logic        close_i,      // DISABLE: accept no more
  input  logic        disabled_i,   // DISABLE: done
  input  logic        reset_i,
  input  logic        lease_i,      // the lease has expired: what is in flight is lost
  input  logic        matched_i,    // CQ index = SQ index
  input  logic        suppress_i,   // an old tail may come late
  input  logic [3:0]  sq_log2_i,
  input  logic [3:0]  cq_log2_i,
  input  logic [31:0] sq_start_i,
  input  logic [31:0] cq_start_i,

  // doorbell and credit writes
  input  logic        db_we_i,
  input  logic        cr_we_i,
  input  logic [31:0] wdata_i,
  input  logic        look_we_i,    // a tail from the host line, as a doorbell; not with db_we_i
  input  logic [31:0] look_tail_i,
  input  logic        looking_i,    // the host line is being read

  // fetch
  output logic        fetch_req_o,
  output logic [31:0] fetch_idx_o,
  output logic [8:0]  fetch_room_o,  // how many may be asked for now, up to Window
  input  logic [4:0]  fetch_n_i,     // asked for in this cycle
  input  logic        arrive_i,      // one more is in the buffer

  // decode
  output logic        select_req_o,
  output logic [31:0] select_idx_o,
  output logic        flush_o,
  input  logic        select_i,
  input  logic        accept_i,
  input  logic        stop_i,        // a STOP: drain behind it
  input  logic        bad_tag_i,
  input  logic        bad_fetch_i,

  // completion
  output logic [31:0] retire_idx_o,
  output logic [31:0] cq_write_idx_o,
  input  logic [2:0]  retire_n_i,
  input  logic [2:0]  leave_n_i,
  input  logic        leave_packed_i,  // they take places in the CQ
  input  logic [2:0]  done_n_i,
  input  logic        done_silent_i,
  input  logic        done_error_i,    // refused by the bus
  input  logic [2:0]  done_events_i,

  // status
  output logic [2:0]  state_o,
  output logic [31:0] epoch_o,
  output logic [31:0] tail_o,
  output logic [31:0] head_o,
  output logic [31:0] in_flight_o,
  output logic [31:0] cq_tail_o,
  output logic [31:0] cq_head_o,
  output logic        quiet_o,         // nothing in flight, no fetch outstanding
  output logic        starved_o,       // a descriptor waits for completion credit
  output logic        caught_up_o,     // fetched up to the tail, and may fetch more
  output logic        aborting_o,
  output logic        turning_o,       // the state changes on the next edge, without a cause outside
  output logic [31:0] n_accepted_o,
  output logic [31:0] n_completed_o,
  output logic [31:0] n_silent_o,
  output logic [31:0] n_undelivered_o,
  output logic [31:0] n_events_o,
  output logic [31:0] n_doorbells_o,
  output logic [31:0] n_rejected_o,
  output logic [31:0] n_invalid_o,
  output logic [31:0] n_refetch_o,

  // event log
  output logic        event_o,
  output logic [7:0]  event_code_o,
  output logic [95:0] event_words_o,   // w3, w2, w1
  input  logic        event_take_i
);
  `include "peal_contract.svh"

  logic [2:0]  state_q;
  logic [31:0] epoch_q;
  logic [3:0]  sq_log2_q, cq_log2_q;
  logic [31:0] tail_q, fetch_q, arrive_q, select_q, head_q, retire_q;
  logic [31:0] gone_q, done_q;
  logic [31:0] cq_write_q, cq_tail_q, cq_head_q;
  logic        flush_q, stopped_q, closing_q;
  logic [1:0]  retry_q;

  // A disabled queue is quiet and asks for nothing; a simulator skips it.
  logic awake, running, has_credit, stale, drained, fetching, refused;
  logic [31:0] sq_size, cq_size, published, room;

  assign awake   = state_q != Q_DISABLED;
  assign sq_size = 32'd1 << sq_log2_q;
  assign cq_size = 32'd1 << cq_log2_q;

  // -- requests -----------------------------------------------------------------------------
  always_comb begin
    running      = 1'b0;
    published    = '0;
    room         = '0;
    has_credit   = 1'b0;
    fetching   = 1'b0;
    fetch_req_o  = 1'b0;
    select_req_o = 1'b0;
    starved_o    = 1'b0;
    if (awake) begin
      running    = (state_q == Q_ENABLED || state_q == Q_DRAINING) &&
                   !closing_q && !stopped_q && !flush_q;
      published  = tail_q - fetch_q;
      room       = 32'(Window) - (fetch_q - select_q);
      fetching = arrive_q != fetch_q;
      // Every descriptor in flight has a completion slot of its own from select on.
      has_credit   = matched_i || (select_q - gone_q) + (cq_write_q - cq_head_q) < cq_size;
      fetch_req_o  = running && published != 0 && room != 0;
      select_req_o = running && arrive_q != select_q && has_credit &&
                     (select_q - retire_q) < 32'(Window);
      starved_o    = running && arrive_q != select_q && !has_credit;
    end
  end

  // Quiet is not a cycle that takes or asks for a descriptor: RESET acts on that very cycle.
  always_comb begin
    quiet_o = 1'b1;
    drained = 1'b0;
    if (awake) begin
      quiet_o = done_q == head_q && retire_q == head_q && select_q == head_q &&
                !fetching && !flush_q && !select_i && fetch_n_i == 0 && !looking_i;
      drained = state_q == Q_DRAINING && quiet_o && !closing_q &&
                (stopped_q || head_q == tail_q);
    end
  end

  always_comb begin
    aborting_o  = 1'b0;
    caught_up_o = 1'b0;
    if (awake) begin
      aborting_o  = state_q == Q_ABORTING;
      caught_up_o = state_q == Q_ENABLED && running && published == 0;
    end
  end

  assign turning_o = drained || (aborting_o && quiet_o);

  assign fetch_idx_o  = fetch_q;
  assign fetch_room_o = fetch_req_o ? (published < room ? published[8:0] : room[8:0]) : '0;
  assign select_idx_o = select_q;
  assign flush_o      = flush_q;

  // -- validation ------------------------------------------------------------------------------
  logic doorbell_ok, doorbell_old, credit_ok, doorbell_bad, credit_bad, to_error, ring, credit;
  logic broken;
  logic        ahead;
  logic [31:0] ring_tail;

  always_comb begin
    ring         = 1'b0;
    ring_tail    = '0;
    credit       = 1'b0;
    doorbell_ok  = 1'b0;
    doorbell_bad = 1'b0;
    doorbell_old = 1'b0;
    ahead        = 1'b0;
    credit_ok    = 1'b0;
    credit_bad   = 1'b0;
    if (db_we_i || look_we_i || cr_we_i) begin
      ring      = db_we_i || look_we_i;
      ring_tail = look_we_i ? look_tail_i : wdata_i;
      credit    = cr_we_i && awake && !matched_i;
      if (ring && state_q == Q_ENABLED) begin
        doorbell_ok  = (ring_tail - head_q) <= sq_size &&
                       (ring_tail - head_q) >= (tail_q - head_q);
        // Doorbells and host line come by two ways: one may bring what the other overtook.
        ahead        = 1'((tail_q - ring_tail) >> 31);
        doorbell_old = suppress_i && !ahead && !doorbell_ok;
        doorbell_bad = !doorbell_ok && !doorbell_old;
      end
      // The host may see a completion before the bus has answered its write.
      if (credit) begin
        credit_ok  = (wdata_i - cq_head_q) <= (cq_write_q - cq_head_q);
        credit_bad = !credit_ok;
      end
    end
  end

  assign stale        = bad_tag_i && 32'(retry_q) == STALE_RETRIES;
  assign refused      = done_n_i != 0 && done_error_i;
  assign broken       = doorbell_bad || credit_bad || stale || bad_fetch_i;
  assign to_error     = (broken || refused) && state_q != Q_ABORTING && state_q != Q_ABORTED;

  // -- events that wait for the log: of a wrong write, and behind it of a slot ------------------------------
  logic        write_event_q, slot_event_q;
  logic [7:0]  write_code_q, slot_code_q;
  logic [95:0] write_words_q;
  logic [31:0] slot_idx_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_event_q <= 1'b0;
      write_code_q  <= '0;
      write_words_q <= '0;
    end else if ((doorbell_bad || credit_bad) && (!write_event_q || event_take_i)) begin
      write_event_q <= 1'b1;
      write_code_q  <= doorbell_bad ? EVENT_INVALID_DOORBELL : EVENT_INVALID_CREDIT;
      write_words_q <= doorbell_bad ? {head_q + 32'(accept_i), tail_q, ring_tail}
                                    : {cq_head_q, cq_write_q, wdata_i};
    end else if (event_take_i) begin
      write_event_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      slot_event_q <= 1'b0;
      slot_code_q  <= '0;
      slot_idx_q   <= '0;
    end else if (stale || bad_fetch_i) begin
      slot_event_q <= 1'b1;
      slot_code_q  <= stale ? EVENT_STALE_DESC : EVENT_FETCH;
      slot_idx_q   <= head_q;
    end else if (event_take_i && !write_event_q) begin
      slot_event_q <= 1'b0;
    end
  end

  assign event_o       = write_event_q || slot_event_q;
  assign event_code_o  = write_event_q ? write_code_q : slot_code_q;
  assign event_words_o = write_event_q ? write_words_q : {64'd0, slot_idx_q};

  // -- counters ----------------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (awake || db_we_i) begin
      if (accept_i) n_accepted_o <= n_accepted_o + 1;
      if (lease_i)  n_undelivered_o <= n_undelivered_o + in_flight_o;
      if (done_n_i != 0) begin
        if (done_silent_i)     n_silent_o      <= n_silent_o + 32'(done_n_i);
        else if (done_error_i) n_undelivered_o <= n_undelivered_o + 32'(done_n_i);
        else                   n_completed_o   <= n_completed_o + 32'(done_n_i);
        n_events_o <= n_events_o + 32'(done_events_i);
      end
      if (db_we_i && state_q != Q_ENABLED) n_rejected_o  <= n_rejected_o + 1;
      if (doorbell_ok || doorbell_old)     n_doorbells_o <= n_doorbells_o + 1;
      if (doorbell_bad || credit_bad)      n_invalid_o   <= n_invalid_o + 1;
      if (bad_tag_i && !stale)             n_refetch_o   <= n_refetch_o + 1;
    end
    if (!rst_ni || load_i) begin
      n_accepted_o    <= '0;
      n_completed_o   <= '0;
      n_silent_o      <= '0;
      n_undelivered_o <= '0;
      n_events_o      <= '0;
      n_doorbells_o   <= '0;
      n_rejected_o    <= '0;
      n_invalid_o     <= '0;
      n_refetch_o     <= '0;
    end
  end

  // -- indices -----------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (awake && !lease_i) begin
      if (doorbell_ok) tail_q    <= ring_tail;
      if (credit_ok)   cq_head_q <= wdata_i;
      if (arrive_i) arrive_q <= arrive_q + 1;
      if (!flush_q) begin
        if (fetch_n_i != 0) fetch_q  <= fetch_q + 32'(fetch_n_i);
        if (select_i)       select_q <= select_q + 1;
      end else if (!fetching) begin
        fetch_q  <= head_q;
        arrive_q <= head_q;
        select_q <= head_q;
      end
      if (accept_i) head_q <= head_q + 1;
      if (retire_n_i != 0) retire_q <= retire_q + 32'(retire_n_i);
      if (leave_n_i != 0) begin
        gone_q <= gone_q + 32'(leave_n_i);
        if (leave_packed_i) cq_write_q <= cq_write_q + 32'(leave_n_i);
      end
      if (done_n_i != 0) begin
        done_q <= done_q + 32'(done_n_i);
        if (!done_silent_i) cq_tail_q <= cq_tail_q + 32'(done_n_i);
      end
    end
    if (awake && lease_i) begin
      fetch_q  <= head_q;
      arrive_q <= head_q;
      select_q <= head_q;
      retire_q <= head_q;
      gone_q   <= head_q;
      done_q   <= head_q;
    end
    if (load_i) begin
      tail_q     <= sq_start_i;
      fetch_q    <= sq_start_i;
      arrive_q   <= sq_start_i;
      select_q   <= sq_start_i;
      head_q     <= sq_start_i;
      retire_q   <= sq_start_i;
      gone_q     <= sq_start_i;
      done_q     <= sq_start_i;
      cq_write_q <= cq_start_i;
      cq_tail_q  <= cq_start_i;
      cq_head_q  <= cq_start_i;
    end
    if (!rst_ni || reset_i) begin
      tail_q     <= '0;
      fetch_q    <= '0;
      arrive_q   <= '0;
      select_q   <= '0;
      head_q     <= '0;
      retire_q   <= '0;
      gone_q     <= '0;
      done_q     <= '0;
      cq_write_q <= '0;
      cq_tail_q  <= '0;
      cq_head_q  <= '0;
    end
  end

  // -- state ----------------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= Q_DISABLED;
      epoch_q   <= '0;
      sq_log2_q <= '0;
      cq_log2_q <= '0;
      flush_q   <= 1'b0;
      stopped_q <= 1'b0;
      closing_q <= 1'b0;
      retry_q   <= '0;
    end else if (awake || load_i || reset_i) begin
      if (drained)  state_q <= Q_DRAINED;
      if (aborting_o && quiet_o) state_q <= Q_ABORTED;
      if (stop_i && state_q == Q_ENABLED) state_q <= Q_DRAINING;
      if (drain_i && state_q != Q_DRAINED) state_q <= Q_DRAINING;
      if (resume_i) state_q <= Q_ENABLED;
      if (load_i) begin
        state_q   <= Q_ENABLED;
        sq_log2_q <= sq_log2_i;
        cq_log2_q <= cq_log2_i;
      end
      if (to_error && awake) state_q <= Q_ERROR;
      if (abort_i && state_q != Q_ABORTED) state_q <= Q_ABORTING;
      if (lease_i && awake) state_q <= Q_ERROR;
      if (disabled_i || reset_i) state_q <= Q_DISABLED;
      if (reset_i) epoch_q <= epoch_q + 1;

      // Prefetched descriptors are dropped whenever the queue stops in front of them.
      if (lease_i)                                                  flush_q <= 1'b0;
      else if (bad_tag_i || stop_i || close_i || abort_i || to_error || bad_fetch_i)
                                                                    flush_q <= 1'b1;
      else if (flush_q && !fetching)                                flush_q <= 1'b0;

      if (stop_i) stopped_q <= 1'b1;
      else if (load_i || resume_i || reset_i) stopped_q <= 1'b0;
      if (close_i) closing_q <= 1'b1;
      else if (disabled_i || reset_i || load_i || resume_i) closing_q <= 1'b0;

      if (accept_i || load_i)         retry_q <= '0;
      else if (bad_tag_i && !stale)   retry_q <= retry_q + 1'b1;
    end
  end

  assign state_o        = state_q;
  assign epoch_o        = epoch_q;
  assign tail_o         = tail_q;
  assign head_o         = head_q;
  assign retire_idx_o   = retire_q;
  assign cq_write_idx_o = cq_write_q;
  assign in_flight_o    = head_q - done_q;
  assign cq_tail_o      = matched_i ? done_q : cq_tail_q;
  assign cq_head_o      = cq_head_q;

  `PEAL_CHECK(no_fetch_beyond_tail, (tail_q - fetch_q) <= sq_size || state_q == Q_DISABLED)
  `PEAL_CHECK(accepted_was_selected, (select_q - head_q) <= 32'd2 || flush_q)
  `PEAL_CHECK(completion_queue_never_overflows,
              state_q == Q_DISABLED || (cq_write_q - cq_head_q) <= cq_size)
  `PEAL_CHECK(no_event_of_a_slot_is_lost, !(slot_event_q && (stale || bad_fetch_i)))
  `PEAL_CHECK(drained_only_with_nothing_outstanding,
              (state_q != Q_DRAINED && state_q != Q_ABORTED) || (done_q == head_q && !fetching && !looking_i))
  `PEAL_CHECK(accepted_once_answered_once,
              n_accepted_o == n_completed_o + n_silent_o + n_undelivered_o + in_flight_o)
  `PEAL_CHECK(none_answered_before_it_was_accepted, in_flight_o <= 32'(Window) + 32'd2048 &&
              (head_q - gone_q) <= 32'(Window) && (gone_q - done_q) <= 32'd2048)

  `PEAL_COVER(queue_starved_of_credit, starved_o)
  `PEAL_COVER(queue_index_wraps, accept_i && head_q == 32'hffffffff)
  `PEAL_COVER(queue_full, tail_q - head_q == sq_size && awake)
  `PEAL_COVER(queue_fetches_again, bad_tag_i && !stale)
  `PEAL_COVER(queue_gives_up_a_stale_slot, stale)
  `PEAL_COVER(queue_doorbell_bad, doorbell_bad)
  `PEAL_COVER(queue_credit_bad, credit_bad)
  `PEAL_COVER(queue_flush_waits_for_fetch, flush_q && fetching)
  `PEAL_COVER(queue_stops_with_more_fetched, stop_i && arrive_q != select_q)
endmodule
