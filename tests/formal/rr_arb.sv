// SPDX-License-Identifier: MIT
// about: peal_rr_arb
// f_r is any one requester; f_waited counts the choices used by others while it asked.
  `RESET_FIRST
  (* anyconst *) logic [IdxWidth-1:0] f_r;
  logic [IdxWidth-1:0] f_last;
  logic [7:0] f_waited, f_distance;
  always @* requester_exists : assume (32'(f_r) < N);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      f_last   <= IdxWidth'(N - 1);
      f_waited <= '0;
    end else begin
      if (advance_i && any_o) f_last <= idx_o;
      if (!req_i[f_r] || (advance_i && idx_o == f_r)) f_waited <= '0;
      else if (advance_i && any_o) f_waited <= f_waited + 1'b1;
    end
  end
  assign f_distance = f_r > f_last ? 8'(f_r) - 8'(f_last) - 8'd1 : 8'(N) + 8'(f_r) - 8'(f_last) - 8'd1;

  // the choice is one of those who ask
  `PROVE(rr_choice_asked, any_o, 32'(idx_o) < N && req_i[idx_o])
  // exactly one is chosen
  `PROVE(rr_one_hot, any_o, (lowest & (lowest - 1'b1)) == 0 && lowest != 0)
  // somebody is chosen whenever somebody asks
  `ALWAYS(rr_work_conserving, |req_i, any_o == |req_i)
  // a request that is held is served after at most N - 1 others
  `ALWAYS(rr_fair, f_waited == 8'(N - 1), f_waited <= 8'(N - 1) && (f_waited < 8'(N - 1) || !req_i[f_r] || idx_o == f_r))

  `LEMMA(rr_last, 32'(f_last) < N)
  `LEMMA(rr_mask, above_q == ~((N'(2) << f_last) - 1'b1))
  `LEMMA(rr_progress, f_waited == 0 || (f_waited < 8'(N) && f_waited + f_distance <= 8'(N - 1)))
