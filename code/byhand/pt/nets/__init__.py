"""Networks from the tables of their papers: AlexNet, VGG, GoogLeNet, ResNet."""
