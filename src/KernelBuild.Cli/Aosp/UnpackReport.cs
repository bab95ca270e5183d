namespace KernelBuild.Cli.Aosp;

/// <summary>What unpack_bootimg says of an image: lines for people, arguments for mkbootimg.</summary>
internal sealed class UnpackReport
{
    public List<string> Lines { get; } = [];

    public List<string> Arguments { get; } = [];

    public void Text(string name, string value) => Lines.Add($"{name}: {value}");

    /// <summary>An argument; one without a value is left out.</summary>
    public void Argument(string name, string? value, bool always = false)
    {
        if (always || !string.IsNullOrEmpty(value))
        {
            Arguments.Add("--" + name);
            Arguments.Add(value ?? "");
        }
    }

    /// <summary>An argument that names the file of a part; a part that is not there has none.</summary>
    public void File(string name, string folder, ReadOnlyMemory<byte> content)
    {
        if (!content.IsEmpty)
        {
            Argument(name, Path.Combine(folder, name));
        }
    }
}
