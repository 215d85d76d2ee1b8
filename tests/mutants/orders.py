"""Defects of orders and of money: identity, write-ahead, evidence, fills, positions."""

from tests.mutants.mutant import Edit, Mutant, at, call

__all__ = ["ORDERS"]

_LOST = tuple(call("POST /orders", nth, "network", "answer_lost") for nth in (1, 2, 3, 5, 8))
_UNSENT = tuple(call("POST /orders", nth, "network", "request_lost") for nth in (1, 2, 3, 5, 8))
_CRASHES = (
    call("POST /orders", 2, "process", "crash", stage="after"),
    call("POST /orders", 6, "process", "crash", stage="after"),
)
_NO_LISTS = (
    *(call("POST /orders", nth, "network", "request_lost", later_s=40.0) for nth in (1, 2, 3)),
    *(call("GET /orders/historical/*", nth, "rest", "server_error", later_s=40.0) for nth in range(1, 90)),
)
_OLD_WORD = (  # every other look at the orders is answered late: what it says was true four seconds ago
    at(1, "orders", "thin", symbol="*", for_s=230.0),
    *(
        call("GET /orders/historical/*", nth, "network", "slow", seconds=4.0, side="after", later_s=20.0)
        for nth in range(1, 200, 2)
    ),
)

ORDERS: tuple[Mutant, ...] = (
    Mutant(
        "new_id_on_retry",
        "an order in doubt is sent again under another id",
        (
            Edit(
                "core/order_manager.py",
                "                asked = [self._timers.look_up(order, now)] if order.status is OrderStatus.UNKNOWN else []\n",
                "                from attrs import evolve as _evolve\n"
                "                _other = _evolve(order.intent, client_order_id=order.intent.client_order_id[::-1])\n"
                "                _until = Moment(Instant(now.utc + 10 * SECOND), Mono(now.mono + 10 * SECOND))\n"
                "                asked = [PlaceOrder(_other, _until)]\n",
            ),
        ),
        _LOST,
    ),
    Mutant(
        "one_id_for_two_intents",
        "ids are made anew from a number that begins again",
        (Edit("model/ids.py", "uuid.uuid5(_NAMESPACE, intent)", 'uuid.uuid5(_NAMESPACE, intent.rpartition("-i")[2])'),),
        (at(60, "process", "crash"),),
    ),
    Mutant(
        "sent_before_written",
        "no write-ahead: the request leaves while its intent is on the way to the disk",
        (
            Edit(
                "core/order_manager.py",
                "        out = self._react(message, now)\n",
                "        out = self._react(message, now)\n"
                "        for fact in [f for f in out if isinstance(f, OrderChanged) and f.await_durable]:\n"
                "            out = [*self._send(fact.order, now), *out]\n",
            ),
        ),
        (at(1, "database", "slow", seconds=2.0, for_s=230.0),),
    ),
    Mutant(
        "error_is_absence",
        "a list that cannot be read proves that there is no order",
        (
            Edit(
                "actors/reconciler.py",
                "        except VenueError as error:\n            return Undecided(str(error))\n",
                "        except VenueError as error:\n            return Absent(str(error))\n",
            ),
        ),
        _NO_LISTS,
    ),
    Mutant(
        "absent_at_first_look",
        "one list without the order is proof enough, however soon",
        (
            Edit("core/order_timers.py", "ABSENCES: Final = 3\n", "ABSENCES: Final = 1\n"),
            Edit("core/order_timers.py", "SETTLE_S: Final = 20.0\n", "SETTLE_S: Final = 0.0\n"),
        ),
        _UNSENT,
    ),
    Mutant(
        "timeout_is_rejection",
        "an answer that never came counts as a no",
        (
            Edit(
                "actors/order_gateway.py",
                "            return InDoubt(str(error))\n",
                "            from trader247.errors import Failure\n            return Rejected(Failure.INVALID_ORDER, str(error))\n",
            ),
        ),
        _LOST,
    ),
    Mutant(
        "timeout_is_not_sent",
        "an answer that never came counts as a request that never left",
        (
            Edit(
                "actors/order_gateway.py",
                "            return InDoubt(str(error))\n",
                "            return NotSent(str(error))\n",
            ),
        ),
        _LOST,
    ),
    Mutant(
        "doubt_is_given_up_at_restart",
        "what was in flight at a death is taken for never sent",
        (
            Edit(
                "core/order_manager.py",
                'out += self._advance(order, OrderEvent.DOUBTED, now, "in flight when the last run ended")',
                'out += self._advance(order, OrderEvent.DOUBTED, now, ""); out += self._advance('
                'self._books.registry.get(order.intent.intent_id), OrderEvent.NOT_SENT, now, "gone")',
            ),
            Edit(
                "core/order_evidence.py",
                "        self._timers.heard_of(order, now)\n",
                "        self._timers.heard_of(order, now)\n"
                "        if order.status is OrderStatus.FAILED:\n            return order, []\n",
            ),
        ),
        _CRASHES,
    ),
    Mutant(
        "retried_without_end",
        "a request that may have worked is sent again and again",
        (
            Edit(
                "actors/order_gateway.py",
                "            answer = await self._venue.place(place.intent, gate)\n",
                "            for _ in range(6):\n"
                "                try:\n                    await self._venue.place(place.intent, gate)\n"
                "                except OutcomeUnknown:\n                    pass\n"
                "            answer = await self._venue.place(place.intent, gate)\n",
            ),
        ),
        tuple(call("POST /orders", nth, "network", "request_lost") for nth in range(1, 25)),
    ),
    Mutant(
        "dedupe_off",
        "a fill that is told twice is booked twice",
        (Edit("core/ledger.py", "        return fill.fill_id in self._booked\n", "        return False\n"),),
    ),
    Mutant(
        "fills_after_the_end_dropped",
        "what filled before a cancel and is told after it, nobody books",
        (
            Edit(
                "core/order_evidence.py",
                "            if order is None or fill.venue_order_id in self._strangers or self._books.ledger.knows(fill):\n",
                "            if order is None or order.status.terminal or self._books.ledger.knows(fill):\n",
            ),
        ),
        tuple(call("POST /orders/batch_cancel", nth, "orders", "cancel_lost_race") for nth in (1, 2, 3)),
    ),
    Mutant(
        "fee_forgotten_in_profit",
        "profit is told before fees",
        (
            Edit(
                "core/ledger.py",
                "(fill.price - held.average_entry) - fill.fee - fees_out)",
                "(fill.price - held.average_entry) - fees_out)",
            ),
        ),
    ),
    Mutant(
        "fee_forgotten_in_cash",
        "the flow of cash in the books leaves the fee out",
        (Edit("store/changes.py", "- fill.fee", "- 0 * fill.fee"),),
    ),
    Mutant(
        "sold_twice",
        "an exit does not ask whether another one is under way",
        (
            Edit(
                "core/exit_desk.py",
                "    if order.intent.symbol != symbol:\n        return False\n",
                "    if order.intent.symbol != symbol or order.intent.side is Side.SELL:\n        return False\n",
            ),
            Edit(
                "core/exit_desk.py",
                "        if last is not None and now.mono - last < _RETRY_AFTER_S * SECOND:\n",
                "        if last is None and now.mono < 0:\n",
            ),
        ),
        (at(1, "database", "slow", seconds=0.6, for_s=230.0),),
    ),
    Mutant(
        "sells_a_little_more",
        "an exit sells one step more than is held",
        (
            Edit(
                "core/exit_desk.py",
                "        quantity = Quantity(floor_to(most, instrument.base_increment))\n",
                "        quantity = Quantity(floor_to(most, instrument.base_increment) + instrument.base_increment)\n",
            ),
        ),
    ),
    Mutant(
        "price_off_the_grid",
        "an entry's price is not rounded to the product's increment",
        (
            Edit(
                "core/sizing.py",
                "    return Price(floor_to(quote.bid, instrument.price_increment))\n",
                '    return Price(quote.bid - Decimal("0.0005"))\n',
            ),
            Edit(
                "core/entry_desk.py",
                "        fault = instrument.fault_of(intent.limit_price, intent.quantity)\n",
                "        fault = None\n",
            ),
        ),
    ),
    Mutant(
        "back_from_the_dead_ignored",
        "an order that was given up and turns up at the venue stays given up",
        (
            Edit("core/order_state.py", "    _S.FAILED: _BACK_TO_LIFE,\n", "    _S.FAILED: {},\n"),
            Edit("core/order_timers.py", "ABSENCES: Final = 3\n", "ABSENCES: Final = 1\n"),
            Edit("core/order_timers.py", "SETTLE_S: Final = 20.0\n", "SETTLE_S: Final = 0.0\n"),
        ),
        tuple(call("POST /orders", nth, "network", "slow", seconds=30.0, side="before") for nth in (1, 2, 4)),
    ),
    Mutant(
        "terminal_orders_reopen",
        "a late word that an order is open takes it back from CANCELED",
        (
            Edit(
                "core/order_state.py",
                "    _S.CANCELED: {_E.SEEN_FILLED: _S.FILLED, _E.SEEN_PARTIAL: _S.CANCELED},\n",
                "    _S.CANCELED: {_E.SEEN_FILLED: _S.FILLED, _E.SEEN_PARTIAL: _S.CANCELED, _E.SEEN_OPEN: _S.OPEN},\n",
            ),
        ),
        _OLD_WORD,
    ),
    Mutant(
        "filled_amount_goes_back",
        "an older word about an order overwrites what is filled",
        (Edit("core/order_evidence.py", '"filled": max(order.filled, report.filled),', '"filled": report.filled,'),),
        _OLD_WORD,
        ("policy.execution.entry_ttl_s=30",),
    ),
    Mutant(
        "begins_anew_at_restart",
        "a restart writes every unsettled order down as new",
        (
            Edit(
                "core/order_manager.py",
                "        for order in list(self._books.registry.unsettled()):\n            # whether",
                "        for order in list(self._books.registry.unsettled()):\n"
                '            out.append(OrderChanged(order, "new"))\n            # whether',
            ),
        ),
        _CRASHES,
    ),
    Mutant(
        "fills_are_never_fetched",
        "an order that says it filled is believed, and its fills are never asked for",
        (
            Edit(
                "core/order_evidence.py",
                "            out.append(self._timers.fetch(order, now))\n",
                "            self._timers.fetch(order, now)\n",
            ),
            Edit(
                "core/order_timers.py",
                "            case _:\n                if order.venue_order_id is not None",
                "            case _:\n                if age_s < 0 and order.venue_order_id is not None",
            ),
            Edit(
                "core/reconciler.py", "                out.append(FetchFills(venue_id))\n", "                continue\n"
            ),
            Edit("actors/reconciler.py", "        self._manager.post(FillsFetched(fills), cause)\n", ""),
        ),
    ),
    Mutant(
        "rows_without_end",
        "every look at an order writes it down again",
        (
            Edit(
                "core/order_manager.py",
                "        out: list[ManagerOut] = [*evidence]\n        if order is None:\n            return out\n",
                "        out: list[ManagerOut] = [*evidence]\n        if order is None:\n            return out\n"
                '        out += [OrderChanged(order, "seen_again")] * 12\n',
            ),
        ),
    ),
)
