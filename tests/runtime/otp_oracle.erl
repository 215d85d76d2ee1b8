%% Plays scenarios on OTP's own supervisor and prints what it saw, one line each; see test_otp.py.
%% Usage: python -m tests.runtime.test_otp > s.terms; escript otp_oracle.erl s.terms
%% Recorded with OTP 25 (stdlib 4.2).
-module(otp_oracle).
-behaviour(supervisor).
-export([main/1, init/1, begin_child/1]).

main([File]) ->
    logger:set_primary_config(level, none),
    {ok, Scenarios} = file:consult(File),
    ets:new(world, [named_table, public]),
    process_flag(trap_exit, true),
    lists:foreach(fun play/1, Scenarios).

init(Args) -> {ok, Args}.

play({Number, Strategy, Intensity, Children, Failing, Actions}) ->
    ets:delete_all_objects(world),
    ets:insert(world, [{trace, []}, {failing, Failing}]),
    Flags = #{strategy => Strategy, intensity => Intensity, period => 1000000},
    Specs = [spec(Name, Restart) || {Name, Restart} <- Children],
    Seen = case supervisor:start_link(?MODULE, {Flags, Specs}) of
        {ok, Sup} ->
            Steps = acts(Sup, Actions, [step("", Sup)]),
            exit(Sup, shutdown),
            receive {'EXIT', Sup, _} -> ok end,
            Steps;
        {error, _} -> ["/gone/" ++ trace()]
    end,
    flush(),
    io:format("~b|~s|~s~n", [Number, lists:join("|", lists:reverse(Seen)), trace()]).

spec(Name, Restart) ->
    #{id => Name, start => {?MODULE, begin_child, [Name]}, restart => Restart, shutdown => 5000}.

acts(_, [], Seen) -> Seen;
acts(Sup, [{Verb, Name, How} | Rest], Seen) ->
    case is_process_alive(Sup) of
        false -> Seen;
        true ->
            Answer = act(Verb, Sup, Name, How),
            settle(Sup, 30),
            acts(Sup, Rest, [step(Answer, Sup) | Seen])
    end.

act(exits, _, Name, How) ->
    Kinds = [normal, shutdown, crash, group],
    case {ets:lookup(world, {puppet, Name}), lists:member(How, Kinds)} of
        {[{_, Pid}], true} ->
            Ref = monitor(process, Pid),
            Pid ! {ends, How},
            receive {'DOWN', Ref, process, _, _} -> "" end;
        _ -> ""
    end;
act(terminate, Sup, Name, _) -> answer(supervisor:terminate_child(Sup, Name));
act(restart, Sup, Name, _) -> answer(supervisor:restart_child(Sup, Name));
act(delete, Sup, Name, _) -> answer(supervisor:delete_child(Sup, Name));
act(start, Sup, Name, How) ->
    Restart = case lists:member(How, [permanent, transient, temporary]) of true -> How; false -> permanent end,
    answer(supervisor:start_child(Sup, spec(Name, Restart))).

answer(ok) -> "ok";
answer({ok, _}) -> "ok";
answer({error, {already_started, _}}) -> "already_started";
answer({error, already_present}) -> "already_present";
answer({error, not_found}) -> "not_found";
answer({error, running}) -> "running";
answer({error, restarting}) -> "restarting";
answer({error, _}) -> "failed".

settle(_, 0) -> ok;
settle(Sup, N) ->
    catch supervisor:count_children(Sup),
    settle(Sup, N - 1).

step(Answer, Sup) -> Answer ++ "/" ++ view(Sup) ++ "/" ++ trace().

view(Sup) ->
    case catch supervisor:which_children(Sup) of
        Children when is_list(Children) ->
            lists:join(",", [view_of(Child) || Child <- lists:keysort(1, Children)]);
        _ -> "gone"
    end.

view_of({Name, Pid, _, _}) when is_pid(Pid) -> atom_to_list(Name) ++ "=up";
view_of({Name, _, _, _}) -> atom_to_list(Name) ++ "=down".

trace() -> lists:join(" ", lists:reverse(ets:lookup_element(world, trace, 2))).

note(What, Name) ->
    ets:insert(world, {trace, [What ++ ":" ++ atom_to_list(Name) | ets:lookup_element(world, trace, 2)]}).

begin_child(Name) ->
    Life = ets:update_counter(world, {life, Name}, 1, {{life, Name}, 0}),
    note("begin", Name),
    case lists:member({Name, Life}, ets:lookup_element(world, failing, 2)) of
        true -> {error, cannot_begin};
        false ->
            Parent = self(),
            Pid = spawn_link(fun() -> process_flag(trap_exit, true), Parent ! {up, self()}, live(Parent, Name) end),
            receive {up, Pid} -> ok end,
            ets:insert(world, {{puppet, Name}, Pid}),
            {ok, Pid}
    end.

live(Parent, Name) ->
    receive
        {'EXIT', Parent, Reason} -> note("stop", Name), exit(Reason);
        {ends, normal} -> exit(normal);
        {ends, shutdown} -> exit(shutdown);
        {ends, _} -> exit(broke)
    end.

flush() -> receive _ -> flush() after 0 -> ok end.
