using System.Collections.Immutable;
using System.Globalization;

namespace OrleansBilling.Server.Demo;

/// <summary>Plays the scene on a test clock of its own and collects what came of it.</summary>
/// <param name="api">The server.</param>
/// <param name="screen">Where it is told.</param>
/// <param name="run">Names everything of this run, so that runs stand side by side.</param>
internal sealed class DemoScene(DemoClient api, DemoScreen screen, string run)
{
    private readonly Dictionary<string, DemoCustomer> _byAccount = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _subscriptions = new(StringComparer.Ordinal);
    private readonly DemoNarrator _narrator = new();

    /// <summary>The test clock of this run; known once the scene has opened.</summary>
    public string Clock { get; private set; } = "";

    /// <summary>The code of a plan in this run.</summary>
    public string CodeOf(string plan) => $"{plan}-{run}";

    /// <summary>The plan's key by its code.</summary>
    public string PlanOf(string code) => code.EndsWith("-" + run, StringComparison.Ordinal) ? code[..^(run.Length + 1)] : code;

    /// <summary>From the first plan to the last advance.</summary>
    public async Task PlayAsync(CancellationToken cancellation)
    {
        var steps = DemoAct.All.Length + 1;
        screen.Step(1, steps, DemoCast.Opens, "a test clock, three plans, nine customers");
        await screen.BusyAsync("opening", () => OpenAsync(cancellation));
        await TellAsync(cancellation);
        var passed = 0;
        foreach (var act in DemoAct.All)
        {
            var clock = await screen.BusyAsync(
                string.Create(CultureInfo.InvariantCulture, $"advancing the clock to {act.To:d MMM yyyy}"), () => AdvanceAsync(act.To, cancellation));
            screen.Step(++passed + 1, steps, act.To, clock.Ran == 1 ? "1 piece of due work" : $"{clock.Ran} pieces of due work");
            await TellAsync(cancellation);
            if (act.Customer is { } customer)
            {
                screen.Say(act.Saying);
                await DoAsync(customer, act.Deed, cancellation);
                await TellAsync(cancellation);
            }
        }
    }

    /// <summary>What the server shows of every customer now.</summary>
    public async Task<IReadOnlyList<DemoOutcome>> CollectAsync(CancellationToken cancellation)
    {
        var outcomes = new List<DemoOutcome>();
        foreach (var customer in DemoCast.Customers)
        {
            var account = _accounts[customer.Key];
            outcomes.Add(new DemoOutcome(
                customer,
                await api.GetAsync<DemoAccount>($"/v1/accounts/{account}", cancellation),
                await api.ListAsync<DemoSubscription>($"/v1/subscriptions?account={account}", cancellation),
                await api.ListAsync<DemoInvoice>($"/v1/invoices?account={account}", cancellation),
                await api.ListAsync<DemoPayment>($"/v1/payments?account={account}", cancellation),
                await api.ListAsync<DemoPosting>($"/v1/ledger/entries?account={account}", cancellation)));
        }

        return outcomes;
    }

    /// <summary>The server's trial balance in each of the scene's currencies.</summary>
    public async Task<IReadOnlyList<DemoTrialBalance>> TrialBalancesAsync(CancellationToken cancellation)
    {
        var balances = new List<DemoTrialBalance>();
        foreach (var currency in DemoCast.Customers.Select(customer => customer.Currency).Distinct(StringComparer.Ordinal))
        {
            balances.Add(await api.GetAsync<DemoTrialBalance>($"/v1/ledger/trial_balance?currency={currency}", cancellation));
        }

        return balances;
    }

    private async Task<int> OpenAsync(CancellationToken cancellation)
    {
        Clock = (await api.PostAsync<DemoNamed>("/v1/test_clocks", new { now = DemoCast.Opens, name = $"demo {run}" }, cancellation)).Id;
        foreach (var plan in DemoCast.Plans(CodeOf))
        {
            await api.PostAsync<DemoNamed>("/v1/plans", plan, cancellation);
        }

        foreach (var customer in DemoCast.Customers)
        {
            screen.Say($"{customer.Name} ({customer.TimeZone}, {customer.Currency}): {customer.Story}.");
            await EnterAsync(customer, cancellation);
        }

        return DemoCast.Customers.Length;
    }

    private async Task EnterAsync(DemoCustomer customer, CancellationToken cancellation)
    {
        var fields = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["name"] = customer.Name,
            ["external_id"] = $"demo-{run}-{customer.Key}",
            ["currency"] = customer.Currency,
            ["time_zone"] = customer.TimeZone,
            ["test_clock"] = Clock,
        };
        if (customer.TaxPercent is { } percent)
        {
            fields["tax"] = new { rates = new[] { new { code = "vat", percentage = percent } }, inclusive = customer.TaxInclusive };
        }

        var account = (await api.PostAsync<DemoNamed>("/v1/accounts", fields, cancellation)).Id;
        _accounts[customer.Key] = account;
        _byAccount[account] = customer;
        var method = new Dictionary<string, object>(StringComparer.Ordinal) { ["gateway"] = "sandbox", ["token"] = customer.Token, ["default"] = true };
        await api.PostAsync<DemoNamed>($"/v1/accounts/{account}/payment_methods", method, cancellation);
        await SubscribeAsync(customer, customer.Plan, cancellation);
    }

    private async Task SubscribeAsync(DemoCustomer customer, string plan, CancellationToken cancellation)
    {
        var fields = new Dictionary<string, object>(StringComparer.Ordinal) { ["account"] = _accounts[customer.Key], ["plan"] = CodeOf(plan) };
        if (customer.Seats > 0)
        {
            fields["quantities"] = new { seats = customer.Seats.ToString(CultureInfo.InvariantCulture) };
        }

        if (!customer.Trial)
        {
            fields["trial_days"] = 0;
        }

        if (customer.DayOfMonth is { } day)
        {
            // Such a month begins at local midnight; London keeps UTC in January.
            fields["anchor"] = new { type = "day_of_month", day };
            fields["start_at"] = DemoCast.Opens.AddHours(-12);
        }

        _subscriptions[customer.Key] = (await api.PostAsync<DemoSubscription>("/v1/subscriptions", fields, cancellation)).Id;
    }

    private async Task<DemoClock> AdvanceAsync(DateTimeOffset to, CancellationToken cancellation)
    {
        var clock = await api.PostAsync<DemoClock>($"/v1/test_clocks/{Clock}/advance", new { to }, cancellation);
        while (clock.Status is not "ready")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), cancellation);
            clock = await api.GetAsync<DemoClock>($"/v1/test_clocks/{Clock}", cancellation);
        }

        return clock;
    }

    private async Task DoAsync(string customer, DemoDeed deed, CancellationToken cancellation)
    {
        var path = $"/v1/subscriptions/{_subscriptions[customer]}";
        switch (deed)
        {
            case DemoDeed.CancelAtPeriodEnd:
                await api.PostAsync<DemoSubscription>($"{path}/cancel", new { when = "period_end" }, cancellation);
                break;
            case DemoDeed.Uncancel:
                await api.PostAsync<DemoSubscription>($"{path}/uncancel", new { }, cancellation);
                break;
            case DemoDeed.CancelNow:
                await api.PostAsync<DemoSubscription>($"{path}/cancel", new { when = "now", proration = "day" }, cancellation);
                break;
            case DemoDeed.SubscribeToStarter:
                await SubscribeAsync(DemoCast.Customers.Single(found => found.Key == customer), "starter", cancellation);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(deed), deed, message: null);
        }
    }

    private async Task TellAsync(CancellationToken cancellation)
    {
        var events = new List<DemoEvent>();
        foreach (var account in _byAccount.Keys)
        {
            events.AddRange(await api.ListAsync<DemoEvent>($"/v1/events?account={account}", cancellation));
        }

        var sentences = _narrator.Tell(
            events, account => _byAccount.GetValueOrDefault(account)?.Name, account => _byAccount[account].TimeZone, account => _byAccount[account].Currency);
        foreach (var sentence in sentences)
        {
            screen.Say(sentence);
        }
    }
}
