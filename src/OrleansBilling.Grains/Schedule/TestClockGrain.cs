using Microsoft.Extensions.Logging;
using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Schedule;

/// <summary>A test clock: answers commands, and runs an advance beside them until it has arrived.</summary>
/// <remarks>
/// The target is stored before the first row is run, and a reminder stands while it advances: an advance that a crash
/// interrupts goes on with the next activation. The run is a timer that lets commands in between, so commits of both go
/// through one gate.
/// </remarks>
public sealed partial class TestClockGrain(
    [PersistentState("test_clock", TurnGrain.Storage)] IPersistentState<StateEnvelope<TestClockState>> stored,
    ITurnCommitter committer,
    ICommandLog commands,
    IDueWork work,
    IUsageRollup usage,
    DueRunner runner,
    ScheduleOptions options,
    ILogger<TestClockGrain> logger) : TurnGrain<TestClockState>(stored, committer, commands), ITestClockGrain, IRemindable, IDisposable
{
    private const string GoOn = "advance";
    private readonly SemaphoreSlim _commits = new(1);
    private IGrainTimer? _run;

    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        StartRunning();
    }

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        StartRunning();
        return State?.Target is null ? ForgetReminderAsync() : Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<CommandAnswer> Create(CommandKey key, Instant now, string? name) => CommandAsync(key, state =>
    {
        if (state is not null)
        {
            return Refusal.Conflict("clock_exists", "This clock exists already; send the request with a new Idempotency-Key.");
        }

        var made = new TestClockState(name, now, Target: null, 0, now, Deleted: false);
        return Decision(made, 201);
    });

    /// <inheritdoc/>
    public async Task<CommandAnswer> Advance(CommandKey key, Instant to)
    {
        if (State is { Deleted: false })
        {
            await this.RegisterOrUpdateReminder(GoOn, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        }

        await usage.SettleAsync();
        var answer = await CommandAsync(key, state => state switch
        {
            null or { Deleted: true } => NotFound(),
            { Target: { } target } when target != to => Refusal.Conflict("clock_advancing", $"The clock is on its way to {target}; wait for it to arrive.", "to"),
            { Target: not null } => TurnDecision<TestClockState>.Nothing(Render(state)),
            _ when to < state.Now => Refusal.Rule("clock_backwards", $"The clock stands at {state.Now} and only goes forward.", "to"),
            _ => Decision(state with { Target = to, Ran = 0 }),
        });
        StartRunning();
        return answer;
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> Get()
    {
        // The run beside this call commits too, and its state is told only once it is durable.
        await _commits.WaitAsync();
        try
        {
            return State is { Deleted: false } state ? CommandAnswers.Of(200, Render(state)) : CommandAnswers.Of(NotFound());
        }
        finally
        {
            _commits.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> Delete(CommandKey key)
    {
        var answer = await CommandAsync(key, state => state switch
        {
            null or { Deleted: true } => NotFound(),
            { Target: not null } => Refusal.Conflict("clock_advancing", "The clock is advancing; wait for it to arrive, then delete it."),
            _ => Decision(state with { Deleted = true }),
        });
        if (State is { Deleted: true })
        {
            // After the commit, and again with every repeat: a crash in between leaves accounts that a repeat closes.
            await work.CloseClockAsync(Id);
        }

        return answer;
    }

    /// <inheritdoc/>
    public void Dispose() => _commits.Dispose();

    private async Task<CommandAnswer> CommandAsync(CommandKey key, Func<TestClockState?, TurnDecision<TestClockState>> decide)
    {
        await _commits.WaitAsync();
        try
        {
            return await ExecuteAsync(key, decide);
        }
        finally
        {
            _commits.Release();
        }
    }

    private TurnDecision<TestClockState> Decision(TestClockState state, int status = 200) =>
        TurnDecision<TestClockState>.Commit(
            state,
            new TurnWrite
            {
                At = state.Now,
                Rows = [new TestClockRow(Id, state.Name, state.Now, state.Target is not null, state.CreatedAt, state.Deleted)],
            },
            Render(state),
            status);

    private string Render(TestClockState state) => AnswerJson.Write(TestClockView.Of(Id, state));

    private Refusal NotFound() => Refusal.NotFound("test_clock_not_found", $"There is no test clock {Id}.");

    private async Task ForgetReminderAsync()
    {
        if (await this.GetReminder(GoOn) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }
}
