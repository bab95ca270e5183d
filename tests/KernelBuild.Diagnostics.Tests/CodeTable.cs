namespace KernelBuild.Diagnostics.Tests;

public sealed class CodeTable
{
    /// <summary>The first digit of each range, and the names that stand in it.</summary>
    private static readonly (string Name, string Code)[] _codes =
        [
            .. typeof(DiagnosticCodes)
                .GetFields()
                .Where(field => field.IsLiteral)
                .Select(field => (field.Name, (string)field.GetRawConstantValue()!)),
        ];

    [Fact]
    public void Every_code_is_KB_and_four_digits_of_a_range() => _codes.ShouldAllBe(
        pair =>
            pair.Code.Length == 6 && pair.Code.StartsWith("KB", StringComparison.Ordinal) && pair.Code.Skip(2).All(char.IsAsciiDigit)
                && pair.Code[2] >= '1');

    [Fact]
    public void No_code_has_two_names()
    {
        _codes.GroupBy(pair => pair.Code).Where(group => group.Count() > 1).Select(group => group.Key).ShouldBeEmpty();
        DiagnosticCodes.All.Count.ShouldBe(_codes.Length);
    }

    /// <summary>The table is written range by range, each in the order of its numbers: a code in the range of another stands out.</summary>
    [Fact]
    public void The_table_goes_upwards()
    {
        var inOrder = _codes.Select(pair => pair.Code).ToArray();
        inOrder.ShouldBe([.. inOrder.Order(StringComparer.Ordinal)]);
    }

    /// <summary>The comment above each range of the source, and where its codes begin.</summary>
    [Theory]
    [InlineData("Sources and store", '1')]
    [InlineData("Patches", '2')]
    [InlineData("Configuration", '3')]
    [InlineData("Compilation and toolchain", '4')]
    [InlineData("Boot images", '5')]
    [InlineData("Device trees", '6')]
    [InlineData("IOMMU", '7')]
    [InlineData("Kernel images", '8')]
    [InlineData("Emulation, devices, host", '9')]
    public void A_code_stands_in_its_range(string range, char digit)
    {
        var lines = File.ReadAllLines(Repository.PathOf("src", "KernelBuild.Diagnostics", "DiagnosticCodes.cs"));
        var constants = lines
            .SkipWhile(line => line.Trim() != "// " + range)
            .Skip(1)
            .TakeWhile(line => line.Contains(" const ", StringComparison.Ordinal))
            .ToArray();
        constants.ShouldNotBeEmpty();
        constants.ShouldAllBe(line => line.Contains("\"KB" + digit, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(DiagnosticCodes.ToolMissing, true)]
    [InlineData(DiagnosticCodes.UsageInvalid, true)]
    [InlineData(DiagnosticCodes.CompilerError, false)]
    [InlineData(DiagnosticCodes.Interrupted, false)]
    public void Usage_and_host_are_told_from_what_was_to_be_built(string code, bool expected) =>
        DiagnosticCodes.IsUsageOrEnvironment(code).ShouldBe(expected);
}
