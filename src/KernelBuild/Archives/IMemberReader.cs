namespace KernelBuild.Archives;

/// <summary>Reads the members of an archive one after the other.</summary>
internal interface IMemberReader : IDisposable
{
    /// <summary>The next member; null behind the last. What was not read of the one before is passed over.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged.</exception>
    /// <exception cref="EndOfStreamException">The archive is cut short.</exception>
    Member? Next();

    /// <summary>
    /// The content of the last member, until the next one is asked for. Reading throws as <see cref="Next"/> does.
    /// </summary>
    Stream OpenContent();

    /// <summary>What is odd about the archive as a whole, once the last member was read; null when nothing is.</summary>
    string? Oddity { get; }
}
