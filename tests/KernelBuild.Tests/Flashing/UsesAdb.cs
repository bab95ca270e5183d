namespace KernelBuild.Tests.Flashing;

[CollectionDefinition(Name)]
public sealed class UsesAdb : ICollectionFixture<AdbHost>
{
    public const string Name = "adb";
}
