using System.Collections.Immutable;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// How a line's amount came about, step by step, so that Support can redo the sum by hand and an independent
/// evaluator can redo it in tests.
/// </summary>
/// <param name="PlanVersion">Plan code and version, such as <c>pro@3</c>, or null.</param>
/// <param name="Steps">In order; each step's inputs and result are exact.</param>
/// <param name="Facts">Further facts by name: day counts, number of events, policy, price override.</param>
public sealed record Explain(
    string? PlanVersion,
    ImmutableArray<ExplainStep> Steps,
    ImmutableSortedDictionary<string, string> Facts)
{
    /// <summary>Nothing to explain.</summary>
    public static Explain Empty { get; } = new(null, [], ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>The explanation with one more step.</summary>
    public Explain With(ExplainStep step) => this with { Steps = Steps.Add(step) };

    /// <summary>The explanation with one more fact.</summary>
    public Explain With(string name, string value) => this with { Facts = Facts.SetItem(name, value) };
}

/// <summary>One step of a formula.</summary>
/// <param name="Operation">
/// The operation, from a closed set: <c>flat, multiply, package, tier_unit, tier_flat, percentage, share, minimum, maximum,
/// percent_off, sum, round, round_to, discount, tax, tax_contained, credit_share, given, subtract_billed</c>.
/// </param>
/// <param name="Description">For people.</param>
/// <param name="Inputs">Exact operands by name, as invariant decimal strings.</param>
/// <param name="Result">Exact result in minor units, as an invariant decimal string.</param>
public sealed record ExplainStep(
    string Operation,
    string Description,
    ImmutableSortedDictionary<string, string> Inputs,
    string Result);
