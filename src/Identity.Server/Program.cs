var app = WebApplication.Create(args);
app.Run();

/// <summary>The host. Public only so that the tests' WebApplicationFactory can name it.</summary>
public partial class Program;
