using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>Sizes of files and methods, and what must not be left behind in them.</summary>
internal static partial class Sources
{
    /// <summary>The longest file of the product, in lines.</summary>
    public const int FileLines = 300;

    /// <summary>The longest method, from its first attribute or modifier to its last brace, in lines.</summary>
    public const int MethodLines = 70;

    /// <summary>Files that should be split.</summary>
    public static IEnumerable<string> LongFiles(IEnumerable<SourceFile> files) =>
        from file in files
        where file.LineCount > FileLines
        select $"{file.Path} has {file.LineCount} lines; split it before {FileLines}";

    /// <summary>Methods, constructors, operators, accessors and local functions that should be split.</summary>
    public static IEnumerable<string> LongMethods(IEnumerable<SourceFile> files) =>
        from file in files
        from node in CSharpSyntaxTree.ParseText(file.Text).GetRoot().DescendantNodes()
        where node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax
        let span = node.SyntaxTree.GetLineSpan(node.Span)
        let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
        where lines > MethodLines
        select $"{file.Path}:{span.StartLinePosition.Line + 1} {NameOf(node)} has {lines} lines; split it before {MethodLines}";

    /// <summary>Marks of unfinished work: in comments, in code, and tests that are switched off.</summary>
    public static IEnumerable<string> Leftovers(IEnumerable<SourceFile> files) =>
        from file in files
        from found in LeftoverPattern().Matches(file.Text)
        select $"{file.Path}:{file.Text.AsSpan(0, found.Index).Count('\n') + 1} {found.Value}";

    private static string NameOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        LocalFunctionStatementSyntax function => function.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        AccessorDeclarationSyntax { Parent.Parent: PropertyDeclarationSyntax property } => property.Identifier.Text,
        _ => node.Kind().ToString(),
    };

    // Written in parts, so that the guard does not find itself.
    [GeneratedRegex("NotImplemented" + "Exception|\\bTO" + "DO\\b|\\bFIX" + "ME\\b|\\bHA" + "CK\\b|\\bXX" + "X\\b|\\bSk" + "ip(Unless|When)?\\s*=\\s*(\"|nameof)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex LeftoverPattern();
}
