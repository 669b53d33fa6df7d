fn main() {
    println!("Hello from krust example!");
    println!("This is running inside a container built with krust.");
}
